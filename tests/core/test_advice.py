"""Whatever says no has words for it in every language, and nothing has words that is never said."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from services.contracts.advice import INSERTED, load_advice
from services.contracts.codes import Sex
from services.contracts.failures import Malformed, Refused
from services.contracts.names import LANGUAGES
from services.http.problems import Problem, problem_of
from tests.architecture.sources import REPOSITORY
from tests.core.refusals_said import SAID_ELSEWHERE, broken_rules, said, statuses

ROWS = load_advice()
DETAILS = {key: row for key, row in ROWS.items() if not key.startswith(("title.", "rule."))}
RULES = {key.removeprefix("rule."): row for key, row in ROWS.items() if key.startswith("rule.")}
TECHNICAL = {"JSON", "true", "false"}
NOT_CROATIAN = (
    r"sistem|nalog|ponovo|\btok(u|om)\b|\b(ni|ne)?ko\b|\bšta\b|prihvata|dozvolj|trenutno|lac\b|upotrijeb|verzij"
)
NOT_BOSNIAN = r"sustav|račun|ponovno|tijek|tko\b|prihvaća|dopušt|trenutačn|(ima|ilja|va)telj|uporab|\brabi|inačic"
CYRILLIC = re.compile("[Ѐ-ӿ]")


def told(problem: Problem, language: str) -> dict[str, Any]:
    """What a reader of a language is told."""
    answer = problem.answer("an-id", {"accept-language": language})
    assert answer.headers["content-language"] == language
    document: dict[str, Any] = from_json(bytes(answer.body))
    return document


def test_whatever_is_said_has_a_row_with_the_same_english_and_no_row_is_left_over() -> None:
    written = {(key.partition("/")[0], INSERTED.sub("{}", row.en)) for key, row in DETAILS.items()}
    spoken = said()
    assert not spoken - written, f"write rows in services/contracts/advice.toml: {sorted(spoken - written)}"
    assert not written - spoken, f"nobody says these any more: {sorted(written - spoken)}"


def test_what_is_said_elsewhere_is_still_said_there() -> None:
    for file in SAID_ELSEWHERE:
        assert re.search(r"(Refused|Malformed)\(", (REPOSITORY / file).read_text(encoding="utf-8")), file


def test_every_status_that_is_answered_has_a_title_and_no_title_is_left_over() -> None:
    assert {int(key.removeprefix("title.")) for key in ROWS if key.startswith("title.")} == statuses()


@pytest.mark.parametrize("key", ROWS)
def test_a_row_is_whole_in_the_letters_of_each_language(key: str) -> None:
    row = ROWS[key]
    inserted = set(INSERTED.findall(row.en))
    for text in (row.bs, row.hr, row.sr_cyrl):
        assert text.strip() not in ("", row.en)
        assert text.count("…") == row.en.count("…")
        assert key.startswith("title.") or text.endswith((".", "…", "}"))
        # Of what pydantic inserts, some says the same again in English.
        names = set(INSERTED.findall(text))
        assert names <= inserted if key.startswith("rule.") else names == inserted
    assert not CYRILLIC.search(row.bs + row.hr + row.sr_latn)
    cyrillic = INSERTED.sub("", row.sr_cyrl)
    assert len(CYRILLIC.findall(cyrillic)) >= 8
    assert not re.search(r"[a-zčćžšđ][Ѐ-ӿ]|[Ѐ-ӿ][a-zčćžšđ]", cyrillic, re.IGNORECASE), "one word in two scripts"
    assert set(re.findall("[A-Za-z]+", cyrillic)) <= set(re.findall("[A-Za-z]+", row.en)) | TECHNICAL
    assert not re.search(NOT_CROATIAN, row.hr, re.IGNORECASE)
    assert not re.search(NOT_BOSNIAN, row.bs, re.IGNORECASE)


@pytest.mark.parametrize("key", DETAILS)
def test_every_sentence_is_said_in_every_language_with_what_was_inserted(key: str) -> None:
    row, code = DETAILS[key], key.partition("/")[0]
    names = INSERTED.findall(row.en)
    values = {name: f"F-{number}, C.{number}" for number, name in enumerate(names)}
    problem = Problem(409, code, row.en.format(**values))
    for language in LANGUAGES:
        document = told(problem, language)
        assert document["detail"] == row.spoken(language).format(**values)
        assert document["title"] == ROWS["title.409"].spoken(language)
        assert (document["code"], document["type"], document["status"]) == (code, f"urn:spis:problem:{code}", 409)


def test_of_a_code_that_says_several_things_the_right_one_is_said() -> None:
    hold = told(Problem(409, "legal_hold", "A hold binds P-1 (court): wait until it is released."), "hr")
    assert hold["detail"] == "Za osobu P-1 na snazi je zabrana brisanja (court): pričekajte da bude ukinuta."
    unit = told(
        problem_of(Malformed("unknown unit 'K{now}': use the code of a place that the house knows"), frozenset()), "bs"
    )
    assert unit["detail"] == "Nepoznata jedinica …: upotrijebite šifru mjesta koje ovaj sistem poznaje."


def test_what_nobody_wrote_words_for_is_said_in_english() -> None:
    assert told(problem_of(Refused("invented", "Wait {then}."), frozenset()), "hr")["detail"] == "Wait {then}."
    assert told(Problem(418, "invented", "Wait."), "hr")["title"] == "I'm a Teapot"


class One(BaseModel):
    """A form that can be wrong in some of the usual ways."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["one"]


class Two(One):
    """Another kind of it."""

    kind: Literal["two"]  # type: ignore[assignment]


Either = Annotated[One | Two, Field(discriminator="kind")]
WRONG: list[tuple[str, Any, object, str]] = [
    ("missing", One, {}, "Ovo je polje obvezno."),
    ("extra_forbidden", One, {"kind": "one", "x": 1}, "Ovo polje nije predviđeno: izostavite ga."),
    ("model_attributes_type", Either, 1, "Navedite JSON objekt u vitičastim zagradama."),
    ("dict_type", dict[str, str], 1, "Navedite JSON objekt u vitičastim zagradama."),
    ("list_type", list[str], 1, "Navedite popis u uglatim zagradama."),
    ("union_tag_not_found", Either, {}, "Navedite polje 'kind'."),
    ("union_tag_invalid", Either, {"kind": "three"}, "Ovo se ovdje ne prihvaća."),
    ("decimal_parsing", Decimal, "x", "Ovo se ovdje ne prihvaća."),
    ("literal_error", Literal["a", "b", "c"], "d", "Navedite jednu od ovih vrijednosti: 'a', 'b', 'c'."),
    ("enum", Sex, "x", "Navedite jednu od ovih vrijednosti: 'female', 'male', 'unknown'."),
    ("string_type", str, 1, "Navedite tekst."),
    ("string_too_short", Annotated[str, Field(min_length=1)], "", "Tekst je prekratak: najmanji broj znakova je 1."),
    ("string_too_long", Annotated[str, Field(max_length=2)], "xxx", "Tekst je predug: najveći broj znakova je 2."),
    (
        "string_pattern_mismatch",
        Annotated[str, Field(pattern="^a{1,2}$")],
        "x",
        "Tekst mora odgovarati obrascu '^a{1,2}$'",
    ),
    ("date_type", date, [], "Navedite ispravan datum."),
    ("date_from_datetime_parsing", date, "9999-99-99", "Navedite ispravan datum, sa satom ili bez njega."),
    ("date_from_datetime_inexact", date, "2026-03-02T09:00:00", "Navedite samo datum, bez sata."),
    ("datetime_type", AwareDatetime, [], "Navedite ispravan datum i sat."),
    ("datetime_from_date_parsing", AwareDatetime, "9999-99-99", "Navedite ispravan datum i sat."),
    ("datetime_parsing", AwareDatetime, 1e30, "Navedite ispravan datum i sat."),
    ("timezone_aware", AwareDatetime, "2026-03-02T09:00:00", "Uz datum i sat navedite vremensku zonu."),
    ("int_type", int, [], "Navedite cijeli broj."),
    ("int_parsing", int, "x", "Navedite cijeli broj."),
    ("int_parsing_size", int, "9" * 5_000, "Broj je predug: navedite manji cijeli broj."),
    ("int_from_float", int, 1.5, "Navedite cijeli broj, bez decimala."),
    ("greater_than_equal", Annotated[int, Field(ge=1)], 0, "Najmanja dopuštena vrijednost je 1."),
    ("less_than_equal", Annotated[int, Field(le=200)], 201, "Najveća dopuštena vrijednost je 200."),
    ("too_short", Annotated[list[str], Field(min_length=1)], [], "Najmanji broj stavki je 1."),
    ("too_long", Annotated[list[str], Field(max_length=2)], ["", "", ""], "Najveći broj stavki je 2."),
    ("bool_type", bool, [], "Navedite true ili false."),
    ("bool_parsing", bool, "x", "Navedite true ili false."),
]


@pytest.mark.parametrize(("rule", "shape", "value", "says"), WRONG, ids=[rule for rule, *_ in WRONG])
def test_a_wrong_field_is_told_in_the_reader_s_language(rule: str, shape: Any, value: object, says: str) -> None:
    with pytest.raises(ValidationError) as failed:
        TypeAdapter(shape).validate_python(value)
    (error,) = failed.value.errors()
    problem = problem_of(RequestValidationError([error]), frozenset())
    (in_croatian,), (in_english,) = told(problem, "hr")["errors"], told(problem, "en")["errors"]
    assert (in_croatian["rule"], in_croatian["says"]) == (rule, says)
    assert in_croatian["place"] == in_english["place"]
    assert in_english["says"] in (error["msg"], RULES["other"].en)


def test_no_words_for_a_wrong_field_are_left_over_and_ours_are_said_so() -> None:
    ours = broken_rules()
    tried = {rule for rule, *_ in WRONG} | {"other"}
    assert not RULES.keys() - tried - ours.keys()
    assert {kind: RULES[kind].en for kind in ours} == ours
