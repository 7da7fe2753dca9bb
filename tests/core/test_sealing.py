"""What is sealed opens only where it was sealed for, and every opening is one statement with its access-log entry."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.security.sealing import KeyUnfit, SealBroken, Sealed, Vault, secret_of
from services.storage.stamp import Stamp

KEY = bytes(range(32))
CHILD = {"given_name": "Izmišljena", "family_name": "Osoba-4711"}
STAMP = Stamp(datetime(2026, 3, 2, tzinfo=UTC), "caseworker@INVENTED-TOWN", "5f0c2f6e-0000-4000-8000-000000000001")


@given(content=st.dictionaries(st.text(), st.text()), subject=st.text(max_size=20), section=st.text(max_size=20))
def test_what_is_sealed_can_be_opened(content: dict[str, str], subject: str, section: str) -> None:
    vault = Vault("intake", KEY)
    assert vault.open(vault.seal(subject, section, content)) == content


def test_nothing_readable_is_left_outside_and_no_two_seals_are_alike() -> None:
    vault = Vault("intake", KEY)
    first, second = vault.seal("P-1", "child", CHILD), vault.seal("P-1", "child", CHILD)
    assert first.sealed != second.sealed
    assert "4711" not in repr(first)
    assert b"4711" not in first.sealed


@pytest.mark.parametrize(
    "moved",
    [
        lambda sealed: replace(sealed, subject="P-2"),
        lambda sealed: replace(sealed, section="reporter"),
        lambda sealed: replace(sealed, sealed=sealed.sealed[:-1] + bytes([sealed.sealed[-1] ^ 1])),
        lambda sealed: replace(sealed, sealed=bytes([sealed.sealed[0] ^ 1]) + sealed.sealed[1:]),
        lambda sealed: replace(sealed, sealed=b""),
        lambda sealed: replace(sealed, key_id="another"),
    ],
)
def test_a_section_that_was_moved_or_changed_does_not_open(moved: object) -> None:
    vault = Vault("intake", KEY)
    assert callable(moved)
    with pytest.raises(SealBroken):
        vault.open(moved(vault.seal("P-1", "child", CHILD)))


def test_another_room_or_another_key_does_not_open_it() -> None:
    sealed = Vault("intake", KEY).seal("P-1", "child", CHILD)
    for other in (Vault("referral", KEY), Vault("intake", KEY[::-1])):
        with pytest.raises(SealBroken):
            other.open(sealed)


class OneRow:
    """An open transaction as the vault sees it: what was gathered, and one row to read."""

    def __init__(self, row: dict[str, object] | None = None) -> None:
        self.stamp = STAMP
        self.row = row
        self.gathered: list[tuple[object, ...]] = []
        self.asked: list[tuple[object, ...]] = []

    def change(self, statement: str, *arguments: object) -> None:
        self.gathered.append((statement, *arguments))

    async def fetch_row(self, statement: str, *arguments: object) -> dict[str, object] | None:
        self.asked.append((statement, *arguments))
        return self.row


async def test_keeping_gathers_only_what_is_sealed_and_reading_names_the_reader() -> None:
    vault, work = Vault("intake", KEY), OneRow()
    await vault.keep(work, "P-1", "child", CHILD)
    ((statement, subject, section, key_id, sealed),) = work.gathered
    assert (statement, subject, section, key_id) == ("keep_sealed", "P-1", "child", vault.key_id)
    assert isinstance(sealed, bytes)
    later = OneRow({"section": "child", "key_id": key_id, "sealed": sealed})
    assert await vault.read(later, "P-1", "child") == CHILD
    assert later.asked == [("open_sealed", "P-1", "child", STAMP.actor, STAMP.correlation_id, STAMP.now)]
    assert await vault.read(OneRow(), "P-1", "child") is None
    with pytest.raises(SealBroken):
        vault.open(Sealed("P-2", "child", vault.key_id, sealed))


def test_the_key_file_must_be_its_owner_s_alone_and_hold_32_bytes(tmp_path: Path) -> None:
    file = tmp_path / "agency-key"
    file.write_text(base64.b64encode(KEY).decode() + "\n")
    file.chmod(0o644)
    with pytest.raises(KeyUnfit, match="chmod 600"):
        Vault.from_file(file, "intake")
    file.chmod(0o600)
    sealed = Vault.from_file(file, "intake").seal("P-1", "child", CHILD)
    assert Vault("intake", KEY).open(sealed) == CHILD
    for text in ("not base64!", base64.b64encode(KEY[:16]).decode()):
        file.write_text(text)
        with pytest.raises(KeyUnfit):
            secret_of(file)
    file.unlink()
    with pytest.raises(KeyUnfit, match="agency-key cannot be read"):
        secret_of(file)
