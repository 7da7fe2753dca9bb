"""Ids that follow from facts are those of `uuid.uuid5`: what was said under them before is known again."""

from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from hypothesis import given
from hypothesis.strategies import binary, text

from services.contracts.ids import ALPHABET, derived_reference, event_id


@given(text(), text(), binary())
def test_what_is_said_of_a_fact_has_the_id_of_its_name(room: str, fact: str, body: bytes) -> None:
    assert event_id(room, fact, body) == str(uuid5(NAMESPACE_URL, f"spis/{room}/{fact}/{sha256(body).hexdigest()}"))


@given(text())
def test_a_reference_spells_the_last_eighty_bits(fact: str) -> None:
    number = uuid5(NAMESPACE_URL, f"spis\x1fF\x1f{fact}").int
    letters = derived_reference("F", fact).replace("-", "")[1:]
    assert [ALPHABET.index(letter) for letter in letters] == [(number >> (5 * place)) & 31 for place in range(16)]
