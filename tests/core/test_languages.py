"""A reader is answered in their language, chosen or asked for by the browser."""

import pytest

from services.contracts.languages import CHOICE, OWN_NAMES, language_for, language_of
from services.contracts.names import LANGUAGES


@pytest.mark.parametrize(
    ("accepted", "answered"),
    [
        ("", "bs"),
        ("de-AT,de;q=0.9", "bs"),
        ("hr-HR,hr;q=0.9,en;q=0.8", "hr"),
        ("en-GB", "en"),
        ("sr", "sr-Cyrl"),
        ("sr-Cyrl-BA", "sr-Cyrl"),
        ("sr-Latn-RS,sr;q=0.9", "sr-Latn"),
        ("sr-RS", "sr-Cyrl"),
        ("de,en;q=0.2,bs;q=0.7", "bs"),
        ("en;q=0,hr;q=0.1", "hr"),
        ("SR-LATN", "sr-Latn"),
        ("en;q=quite", "bs"),
        (",;q=,;;;", "bs"),
        ("x" * 5_000, "bs"),
    ],
)
def test_what_a_browser_asks_for_is_answered_by_its_weights(accepted: str, answered: str) -> None:
    assert language_for("", accepted) == answered


@pytest.mark.parametrize("chosen", LANGUAGES)
def test_what_somebody_chose_counts_before_what_the_browser_asks_for(chosen: str) -> None:
    assert language_for(chosen, "en") == chosen
    assert OWN_NAMES[chosen]


def test_a_choice_that_is_none_of_ours_is_no_choice() -> None:
    assert language_for("<script>", "hr") == "hr"


@pytest.mark.parametrize(
    ("headers", "answered"),
    [
        ({}, "en"),
        ({"accept-language": " "}, "en"),
        ({"accept-language": "*"}, "en"),
        ({"accept-language": "de"}, "bs"),
        ({"accept-language": "hr"}, "hr"),
        ({"cookie": f"{CHOICE}=sr-Cyrl"}, "sr-Cyrl"),
        ({"cookie": f"a=b; {CHOICE}=sr-Latn; c=d", "accept-language": "hr"}, "sr-Latn"),
        ({"cookie": f"a=b;{CHOICE}=hr"}, "hr"),
        ({"cookie": f"{CHOICE}=<script>"}, "en"),
        ({"cookie": f"{CHOICE}=hrvatski", "accept-language": "sr"}, "sr-Cyrl"),
        ({"cookie": f"not-{CHOICE}=hr"}, "en"),
        ({"cookie": f"other={CHOICE}=hr"}, "en"),
    ],
)
def test_a_request_that_brings_neither_a_choice_nor_a_wish_is_answered_as_its_reader_usually_is(
    headers: dict[str, str], answered: str
) -> None:
    assert language_of(headers, unasked="en") == answered
