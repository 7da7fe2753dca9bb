"""The policy data that ships is whole, and a file that is not says which file, which row, and what to do."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.contracts.failures import Malformed
from services.contracts.faults import PolicyError
from services.contracts.names import LANGUAGES, Names, latin
from services.contracts.policy import load_calendars, load_catalogue, load_policy, load_units

FOLDER = Path(__file__).parents[2] / "deploy"
POLICY = load_policy(FOLDER)
LIVNO = "units/FBIH-K10-LIV.toml"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A policy folder that a test may break."""
    for part in ("units", "calendars", "catalogue"):
        shutil.copytree(FOLDER / part, tmp_path / part)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults(folder: Path, load: Callable[[Path], object] = load_policy) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        load(folder)
    return [str(fault) for fault in refused.value.faults]


def test_every_unit_of_the_country_that_the_programme_needs_is_there() -> None:
    levels = [str(unit.level) for unit in POLICY.units]
    assert {unit.code for unit in POLICY.units} == {path.stem for path in (FOLDER / "units").glob("*.toml")}
    # How many there are of these is written in constitutions; how many places take part is not.
    assert {level: levels.count(level) for level in ("state", "entity", "district", "canton")} == {
        "state": 1,
        "entity": 2,
        "district": 1,
        "canton": 10,
    }
    assert "municipality" in levels


def test_cantons_of_one_entity_add_up_to_it_in_both_counts() -> None:
    for year in (2013, 2022):
        people = {unit.code: count.people for unit in POLICY.units for count in unit.population if count.year == year}
        assert sum(people[unit.code] for unit in POLICY.units.below("FBIH") if unit.level == "canton") == people["FBIH"]
        assert people["FBIH"] + people["RS"] + people["BD"] == people["BIH"]


def test_withdrawn_canton_codes_are_kept_as_somebody_elses_numbers() -> None:
    withdrawn = [each.value for unit in POLICY.units for each in unit.external_ids if "withdrawn" in each.scheme]
    assert sorted(withdrawn) == [f"BA-{number:02d}" for number in range(1, 11)]
    schemes = [(each.scheme, each.value) for unit in POLICY.units for each in unit.external_ids]
    assert len(schemes) == len(set(schemes))


def test_every_unit_has_its_own_calendar() -> None:
    assert POLICY.calendar_of("FBIH-K10-LIV").code == "fbih"
    assert POLICY.calendar_of("RS-BIL").code == "rs"
    assert POLICY.calendar_of("BD-BRC").code == "bd"


def test_a_need_is_known_by_its_code_only() -> None:
    assert len(POLICY.needs.codes) == 37
    assert POLICY.needs.need("safe_house").labels.en == "Safe house"
    assert "safe_house" in POLICY.needs
    with pytest.raises(Malformed, match="unknown need 'yacht'"):
        POLICY.needs.need("yacht")


def test_cyrillic_names_are_written_in_cyrillic_and_derived_in_latin() -> None:
    names: list[Names] = [unit.names for unit in POLICY.units] + [need.labels for need in POLICY.needs]
    for each in names:
        assert not re.search("[A-Za-zČčĆćŠšŽžĐđ]", each.sr_cyrl)
        assert not re.search("[Ѐ-ӿ]", each.sr_latn + each.bs + each.hr + each.en)
    assert latin("Љубља, Његош, Џеп, Ђурђевак, Ћуприја") == "Ljublja, Njegoš, Džep, Đurđevak, Ćuprija"
    assert [POLICY.units.unit("RS-BIL").names.spoken(each) for each in LANGUAGES] == [
        "Bileća",
        "Bileća",
        "Билећа",
        "Bileća",
        "Bileća",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (LIVNO, 'parent = "K10"', 'parent = "K11"', "parent: no unit is called 'K11'; name a file of units/"),
        (
            LIVNO,
            'coordinating_unit = "K10"',
            'coordinating_unit = "K11"',
            "coordinating_unit: no unit is called 'K11'; name the unit that a silent referral goes to first",
        ),
        (
            LIVNO,
            'coordinating_unit = "K10"',
            'coordinating_unit = "RS"',
            "coordinating_unit: 'RS' is neither this unit nor above it; name this unit or one that it lies within",
        ),
        (LIVNO, 'calendar = "fbih"', 'calendar = "moon"', "calendar: no calendar is called 'moon'; name a file of"),
        (LIVNO, 'code = "FBIH-K10-LIV"', 'code = "LIV"', "code: 'LIV' is not the name of the file; write"),
        (LIVNO, 'level = "municipality"', 'level = "village"', "level: 'village' does not fit; it should be 'state', "),
        (LIVNO, 'level = "municipality"\n', "", "level: this is missing; add it"),
        (LIVNO, 'level = "', 'colour = "blue"\nlevel = "', "colour: no such field is known here; remove it or correct"),
        (LIVNO, "medium = 3", 'medium = "three"', "answer_working_days.medium: 'three' does not fit; it should be a"),
        (LIVNO, "medium = 3", "medium = -3", "answer_working_days.medium: -3 is out of range; write"),
        (LIVNO, "medium = 3\n", "", "answer_working_days.medium: this is missing; add a number of working days"),
        (LIVNO, "medium = [2, 5]", "medium = []", "escalation_working_days.medium: there is no step; list"),
        (LIVNO, "medium = [2, 5]", "medium = [0, 5]", "escalation_working_days.medium: [0, 5] is out of range; write"),
        (LIVNO, '["hr", ', '["tlh", ', "languages: 'tlh' is not spoken here; use bs, hr, sr-Cyrl, sr-Latn, en"),
        (LIVNO, 'hr = "Livno"', 'hr = ""', "names.hr: this is empty; write the name in that language"),
        (
            LIVNO,
            "valid_from = 2008-01-01",
            "valid_from = 2008-01-01\nvalid_to = 2007-01-01",
            "valid_to: it ends before",
        ),
        (LIVNO, "verified = false", 'verified = "no"', "external_ids[1].verified: 'no' does not fit; it should be a"),
        (LIVNO, "[names]", "[names", "whole file: this is not TOML in UTF-8 (Expected ']'"),
        ("units/K10.toml", 'parent = "FBIH"\n', "", "parent: BIH has no parent either; name the unit above this one"),
        (
            "calendars/rs.toml",
            "month = 11",
            "month = 13",
            "fixed_holidays[7]: month 13 has no day 21; write a day that",
        ),
        ("calendars/rs.toml", '"Europe/Sarajevo"', '"Europe/Atlantis"', "timezone: no time zone is called"),
        (
            "calendars/rs.toml",
            '["saturday"',
            '["someday"',
            "weekend[1]: 'someday' does not fit; it should be 'monday',",
        ),
        ("calendars/rs.toml", 'code = "rs"', 'code = "sr"', "code: 'sr' is not the name of the file; write 'rs' or"),
        ("calendars/rs.toml", "16:00", "25:00", "day_ends: '25:00' does not fit; it should be in a valid time format"),
        (
            "catalogue/needs.toml",
            'served_by = ["csw", "ngo"]',
            'served_by = ["circus"]',
            "needs[counselling].served_by[1]: 'circus' does not fit; it should be 'csw', ",
        ),
        (
            "catalogue/needs.toml",
            'code = "mediation"',
            'code = "legal_aid"',
            "needs[legal_aid]: the code stands here 2 times; keep one row",
        ),
        (
            "catalogue/needs.toml",
            'code = "mediation"',
            'code = "Family mediation!"',
            "needs[Family mediation!]: a code has small letters, digits and _ only; write such a code",
        ),
    ],
)
def test_a_broken_file_names_itself_the_row_and_the_remedy(
    copy: Path, file: str, old: str, new: str, sentence: str
) -> None:
    edit(copy / file, old, new)
    said = faults(copy)
    assert any(each.startswith(f"{file}, {sentence}") for each in said), said
    assert str(copy) not in "".join(said)
    assert all(each.endswith(".") for each in said)


def test_one_broken_file_is_the_only_one_blamed(copy: Path) -> None:
    edit(copy / "units/K10.toml", 'level = "canton"', 'level = "shire"')
    assert len(faults(copy)) == 1
    assert len(faults(copy, load_units)) == 1


def test_every_fault_of_every_file_is_said_at_once(copy: Path) -> None:
    edit(copy / LIVNO, 'calendar = "fbih"', 'calendar = "moon"')
    edit(copy / "units/RS.toml", 'level = "entity"', 'level = "shire"')
    edit(copy / "units/RS.toml", "high = 1", "high = 1.5")
    edit(copy / "calendars/bd.toml", "month = 3", "month = 30")
    edit(copy / "catalogue/needs.toml", 'code = "counselling"', 'code = "COUNSELLING"')
    assert sorted({said.split(",")[0] for said in faults(copy)}) == [
        "calendars/bd.toml",
        "catalogue/needs.toml",
        LIVNO,
        "units/RS.toml",
    ]
    assert len(faults(copy)) == 5


def test_units_that_lie_in_a_circle_are_each_named(copy: Path) -> None:
    edit(copy / "units/FBIH.toml", 'parent = "BIH"', 'parent = "K10"')
    said = faults(copy, load_units)
    assert any(each.startswith("units/FBIH.toml, parent: the way up goes round in a circle; name") for each in said)


def test_a_tree_without_a_top_is_refused(copy: Path) -> None:
    edit(copy / "units/BIH.toml", 'level = "state"', 'level = "state"\nparent = "RS"')
    assert any("units/, whole folder: every unit has a parent; leave" in each for each in faults(copy, load_units))


def test_a_calendar_without_a_working_day_is_refused(copy: Path) -> None:
    week = '"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"'
    edit(copy / "calendars/bd.toml", '"saturday", "sunday"', week)
    assert faults(copy, load_calendars) == [
        "calendars/bd.toml, weekend: no day of the week is left to work on; leave at least one day out."
    ]


def test_an_empty_folder_says_what_to_add(tmp_path: Path) -> None:
    assert faults(tmp_path) == [
        "calendars/, whole folder: there is no .toml file here; add one for each code.",
        "catalogue/needs.toml, whole file: there is no such file; add it.",
        "units/, whole folder: there is no .toml file here; add one for each code.",
    ]
    assert faults(tmp_path, load_catalogue) == ["catalogue/needs.toml, whole file: there is no such file; add it."]
