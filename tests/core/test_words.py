"""What pages say is whole: each sentence in every language and its own script, each code with a name, none unused."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import pytest

from intake.day import Why
from intake.progress import Progress
from intake.replies import CaseState, ReportState
from notifications.alert import AlertState
from referral.forms import Standing
from services.contracts import codes
from services.contracts.names import ALPHABET, LANGUAGES, Names, latin, sort_key
from services.contracts.policy import load_policy
from services.pages.places import PLACES
from services.pages.speech import OWN, Plural, Speech, load_labels, load_words
from tests.architecture.sources import REPOSITORY

CYRILLIC, LATIN = re.compile("[\u0400-\u04ff]"), re.compile("[A-Za-zčćđšžČĆĐŠŽ]")
NO_WORDS = re.compile(r"\{\w*\}|SPIS|JSON|CSV|SDMX|URL|HTTP|curl|Kafka|[a-z_]+\.v\d|T\d\d:\d\d|\b[jkao]\b")
SAID = re.compile(r"""t\.say\(\s*"(\w+)"(?!\s*~)""")
BEGUN = re.compile(r"""t\.say\(\s*"(\w+)"\s*~""")
ENUMS: dict[str, type[StrEnum]] = {
    "risk": codes.RiskBand,
    "severity": codes.Severity,
    "concern": codes.Concern,
    "reporter": codes.ReporterKind,
    "channel": codes.Channel,
    "age_band": codes.AgeBand,
    "sex": codes.Sex,
    "screened_out": codes.ScreenedOutReason,
    "decline": codes.DeclineReason,
    "withdraw": codes.WithdrawReason,
    "case_outcome": codes.CaseOutcome,
    "outcome": codes.Outcome,
    "institution_kind": codes.InstitutionKind,
    "role": codes.Role,
    "standing": Standing,
    "progress": Progress,
    "report_state": ReportState,
    "case_state": CaseState,
    "alert_state": AlertState,
}
FOLDERS = sorted(path.parent for path in REPOSITORY.glob("*/**/words.toml") if ".venv" not in path.parts)


def named(folder: Path) -> Iterator[tuple[str, Names]]:
    """Every sentence that a folder gives beside the shared ones, each form of a number by itself."""
    shared = load_words() if folder != OWN else {}
    for word, form in load_words(folder).items():
        if word not in shared:
            match form:
                case Names():
                    yield word, form
                case Plural(one, few, other):
                    yield from ((f"{word} {kind}", each) for kind, each in (("1", one), ("2", few), ("5", other)))


def check(what: str, names: Names) -> None:
    """Each form is there, in its own script, with the same places to fill in."""
    for language in LANGUAGES:
        said = names.spoken(language)
        assert said.strip() == said, (what, language)
        assert said, (what, language)
        words = NO_WORDS.sub("", said)
        assert not (LATIN if language == "sr-Cyrl" else CYRILLIC).search(words), (what, language, said)
    fields = [sorted(re.findall(r"\{(\w+)\}", names.spoken(language))) for language in LANGUAGES]
    assert all(each == fields[0] for each in fields), what
    assert names.sr_latn == latin(names.sr_cyrl) == latin(latin(names.sr_cyrl)), what


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(REPOSITORY).as_posix())
def test_every_sentence_is_said_in_every_language_and_script(folder: Path) -> None:
    for word, names in named(folder):
        check(word, names)


@pytest.mark.parametrize("kind", sorted(load_labels()))
def test_every_code_has_a_name_in_every_language(kind: str) -> None:
    labels = load_labels()[kind]
    assert set(labels) == set(ENUMS[kind]), kind
    for code, names in labels.items():
        if LATIN.search(names.en):
            check(f"{kind} {code}", names)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(REPOSITORY).as_posix())
def test_templates_say_only_what_there_are_words_for_and_every_word_is_said(folder: Path) -> None:
    words = set(load_words(folder))
    own = {word for word, _ in named(folder)}
    pages = folder.parent if folder == OWN else folder
    inside = [each for each in FOLDERS if each != folder and each.is_relative_to(folder)]
    drawn = [path for path in sorted(pages.rglob("*.html")) if not any(path.is_relative_to(each) for each in inside)]
    texts = [path.read_text(encoding="utf-8") for path in drawn]
    texts += [path.read_text(encoding="utf-8") for path in sorted([*pages.glob("*.py"), *pages.parent.glob("*.py")])]
    said = {word for text in texts for word in SAID.findall(text)}
    assert not said - words - set(load_words()), "these are said, and there are no words for them"
    begun = {word for text in texts for word in BEGUN.findall(text)} | {"wrong_", "place_", "problem_"}
    quoted = set(re.findall(r"""["'](\w+)["']""", "\n".join(texts)))
    unused = {
        word
        for word in (each.partition(" ")[0] for each in own)
        if word not in said | quoted and not any(word.startswith(start) for start in begun)
    }
    if folder != OWN:
        assert not unused, "nothing says these"


def test_every_place_and_reason_has_words() -> None:
    words = load_words(REPOSITORY / "intake")
    assert {place.word for place in PLACES} <= set(words)
    assert {f"why_{why}" for why in Why} <= set(words)


def test_units_and_needs_are_called_something_in_every_script() -> None:
    policy = load_policy(REPOSITORY / "deploy")
    for need in policy.needs:
        check(need.code, need.labels)


def speech(language: str) -> Speech:
    """What is said to a reader of a language."""
    return Speech(language, load_words(), load_labels())


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("bs", ["Ispravite 1 grešku", "Ispravite 2 greške", "Ispravite 5 grešaka", "Ispravite 21 grešku"]),
        ("sr-Cyrl", ["Исправите 1 грешку", "Исправите 2 грешке", "Исправите 5 грешака", "Исправите 21 грешку"]),
        ("en", ["Correct 1 error", "Correct 2 errors", "Correct 5 errors", "Correct 21 errors"]),
    ],
)
def test_a_number_is_said_in_its_own_form(language: str, said: list[str]) -> None:
    assert [speech(language).say("faults", number=number) for number in (1, 2, 5, 21)] == said


def test_days_numbers_and_spans_follow_the_language() -> None:
    moment = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    told = {
        t.language: (t.day(moment), t.clock(moment), t.number(12345.6), t.share(0.123), t.away(timedelta(hours=3)))
        for t in map(speech, LANGUAGES)
    }
    assert told["hr"] == ("3. ožujka 2026.", "00:30", "12.345,6", "12,3\u00a0%", "za 3 sata")
    assert told["bs"][0] == "3. mart 2026."
    assert told["sr-Cyrl"][0] == "3. март 2026."
    assert told["sr-Latn"][0] == latin(told["sr-Cyrl"][0])
    assert told["en"] == ("3 March 2026", "00:30", "12,345.6", "12.3\u00a0%", "in 3 hours")


def test_names_are_sorted_by_the_alphabet_in_either_script() -> None:
    ordered = "cvijet čaj ćuk dunja džep đak luk ljeto nula njiva sunce šuma zima žaba".split()
    assert sorted(reversed(ordered), key=sort_key) == ordered
    assert sorted(["Ђак", "Цвијет", "Џеп", "Чај"], key=sort_key) == ["Цвијет", "Чај", "Џеп", "Ђак"]
    assert sorted(["Ana Č", "Ana C", "An"], key=sort_key) == ["An", "Ana C", "Ana Č"]
    assert sorted(ALPHABET, key=sort_key) == ALPHABET
