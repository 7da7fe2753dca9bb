"""What is sealed opens with one person's key and only where it was sealed for; the agency's file wraps those keys."""

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.vault.agency import KeyRing, Wrapped
from intake.vault.sealing import SealBroken, seal, unseal
from intake.vault.vault import Opened, Section
from services.contracts.failures import Unavailable
from services.security.secret_files import KeyUnfit, secret_of

KEYS = tuple(bytes([number]) * 32 for number in range(3))
PLACE = ("intake", "P-1", "R-1", "narrative")
WORDS = {"text": "Izmišljena Osoba-4711"}
places = st.tuples(st.text(max_size=9), st.text(max_size=9), st.text(max_size=9))


@given(content=st.dictionaries(st.text(), st.text()), place=places, key=st.binary(min_size=32, max_size=32))
def test_what_is_sealed_can_be_opened(content: dict[str, str], place: tuple[str, ...], key: bytes) -> None:
    assert unseal(key, place, seal(key, place, content)) == content


@given(sealed_for=places, opened_at=places)
def test_what_is_sealed_for_one_place_opens_at_no_other(
    sealed_for: tuple[str, ...], opened_at: tuple[str, ...]
) -> None:
    sealed = seal(KEYS[0], sealed_for, WORDS)
    if sealed_for != opened_at:
        with pytest.raises(SealBroken):
            unseal(KEYS[0], opened_at, sealed)


@given(key=st.binary(min_size=32, max_size=32))
def test_another_persons_key_opens_nothing(key: bytes) -> None:
    if key != KEYS[0]:
        with pytest.raises(SealBroken):
            unseal(key, PLACE, seal(KEYS[0], PLACE, WORDS))


@given(data=st.data())
def test_a_changed_byte_a_missing_one_and_one_too_many_are_noticed(data: st.DataObject) -> None:
    sealed = seal(KEYS[0], PLACE, WORDS)
    at, bit = data.draw(st.integers(0, len(sealed) - 1)), data.draw(st.integers(0, 7))
    changed = sealed[:at] + bytes([sealed[at] ^ (1 << bit)]) + sealed[at + 1 :]
    for tampered in (changed, sealed[:at], sealed + b"\0"):
        with pytest.raises(SealBroken):
            unseal(KEYS[0], PLACE, tampered)


def test_nothing_readable_is_left_outside_and_no_two_seals_are_alike() -> None:
    first, second = seal(KEYS[0], PLACE, WORDS), seal(KEYS[0], PLACE, WORDS)
    assert first != second
    assert b"4711" not in first
    assert "4711" not in repr(Section("P-1", "R-1", "narrative", WORDS)) + repr(Opened("P-1", WORDS))


def ring_file(path: Path, *keys: bytes) -> Path:
    """A file of agency keys, replaced in one step."""
    draft = path.with_name("draft")
    draft.write_text("".join(base64.b64encode(key).decode() + "\n" for key in keys))
    draft.chmod(0o600)
    draft.replace(path)
    return path


async def test_a_wrapped_key_unwraps_for_its_person_and_with_its_agency_key_alone(tmp_path: Path) -> None:
    ring = KeyRing(ring_file(tmp_path / "agency-key", KEYS[0]))
    wrapped = await ring.wrap(KEYS[2], "P-1")
    assert await ring.unwrap(wrapped, "P-1") == KEYS[2]
    assert KEYS[2] not in wrapped.sealed
    for moved in (wrapped, Wrapped(wrapped.agency_key, wrapped.sealed[:-1])):
        with pytest.raises(SealBroken):
            await ring.unwrap(moved, "P-2")


async def test_a_running_process_sees_a_rotation_in_the_file(tmp_path: Path) -> None:
    file = ring_file(tmp_path / "agency-key", KEYS[0])
    old, new = KeyRing(file), KeyRing(ring_file(tmp_path / "new", KEYS[1]))
    before, beyond = await old.wrap(KEYS[2], "P-1"), await new.wrap(KEYS[2], "P-2")
    ring_file(file, KEYS[1], KEYS[0])
    assert await old.unwrap(beyond, "P-2") == KEYS[2], "an unknown key has the file read again"
    assert (await old.wrap(KEYS[2], "P-3")).agency_key == beyond.agency_key, "the first line wraps what is new"
    assert await old.unwrap(before, "P-1") == KEYS[2]
    ring_file(file, KEYS[1])
    assert await old.names() == (beyond.agency_key,)
    with pytest.raises(Unavailable, match=before.agency_key):
        await old.unwrap(before, "P-1")


async def test_a_file_that_is_being_written_takes_nothing_from_who_read_it_before(tmp_path: Path) -> None:
    file = ring_file(tmp_path / "agency-key", KEYS[0])
    ring = KeyRing(file)
    wrapped = await ring.wrap(KEYS[2], "P-1")
    for unfit in (lambda: file.write_text("half"), lambda: file.chmod(0o644), lambda: os.remove(file)):
        unfit()
        assert await ring.unwrap(wrapped, "P-1") == KEYS[2]
        assert (await ring.wrap(KEYS[2], "P-1")).agency_key == wrapped.agency_key


def test_a_file_of_secrets_must_be_its_owners_alone_and_hold_32_bytes(tmp_path: Path) -> None:
    file = ring_file(tmp_path / "agency-key", KEYS[0])
    assert secret_of(file) == KEYS[0]
    file.chmod(0o644)
    with pytest.raises(KeyUnfit, match="chmod 600"):
        KeyRing(file)
    file.chmod(0o600)
    for text in ("", "not base64!", base64.b64encode(KEYS[0][:16]).decode()):
        file.write_text(text)
        with pytest.raises(KeyUnfit, match="32 bytes in base64"):
            KeyRing(file)
    with pytest.raises(KeyUnfit, match="32 bytes"):
        secret_of(ring_file(file, KEYS[0], KEYS[1]))
    file.unlink()
    with pytest.raises(KeyUnfit, match="agency-key cannot be read"):
        KeyRing(file)
