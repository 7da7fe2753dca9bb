"""A need finds the nearest institution that serves it, and a place without a service finds one above it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from referral.directory import Directory, Institution, Service, UnitDirectory, UnknownInstitution
from referral.directory_files import directory_faults, load_directory
from services.contracts.codes import DeskPurpose, InstitutionKind
from services.contracts.failures import Malformed
from services.contracts.faults import PolicyError
from services.contracts.names import Names
from services.contracts.policy import load_policy, read_files
from services.contracts.referral import Desk
from services.contracts.units import Mandate, UnknownUnit

FOLDER = Path(__file__).parents[2] / "deploy"
POLICY = load_policy(FOLDER)
DIRECTORY = load_directory(FOLDER, POLICY)
PLACES = [unit.code for unit in POLICY.units if unit.mandate is Mandate.CASEWORK]

# Places and institutions invented for these tests.


def institution(code: str, *needs: tuple[str, int]) -> Institution:
    names = Names("Izmišljena", "Izmišljena", "Измишљена", "Invented")
    services = tuple(Service(need, preference) for need, preference in needs)
    return Institution(code, InstitutionKind.NGO, names, (DeskPurpose.REFERRALS,), services)


def directory(*institutions: Institution) -> Directory:
    return Directory.of([UnitDirectory("any", 1, date(2020, 1, 1), institutions)])


def codes(institutions: tuple[Institution, ...]) -> list[str]:
    return [each.code for each in institutions]


def test_the_nearest_is_asked_first_and_the_preferred_of_the_near_ones() -> None:
    listed = directory(
        institution("BIH.far", ("mediation", 1)),
        institution("K10.above", ("mediation", 1)),
        institution("FBIH-K10-LIV.second", ("mediation", 2)),
        institution("FBIH-K10-LIV.first", ("mediation", 1)),
        institution("FBIH-K10-LIV.also", ("mediation", 2)),
        institution("FBIH-K10-KUP.neighbour", ("mediation", 1)),
        institution("FBIH-K10-LIV.other", ("legal_aid", 1)),
    )
    assert codes(listed.serving("FBIH-K10-LIV", "mediation", POLICY.units)) == [
        "FBIH-K10-LIV.first",
        "FBIH-K10-LIV.also",
        "FBIH-K10-LIV.second",
        "K10.above",
        "BIH.far",
    ]


def test_a_branch_without_a_canton_is_served_by_its_entity() -> None:
    listed = directory(institution("RS.above", ("mediation", 1)), institution("K10.foreign", ("mediation", 1)))
    assert codes(listed.serving("RS-BIL", "mediation", POLICY.units)) == ["RS.above"]


def test_a_unit_above_the_municipalities_lists_nobody_twice() -> None:
    listed = directory(institution("K10.here", ("mediation", 1)))
    assert codes(listed.serving("K10", "mediation", POLICY.units)) == ["K10.here"]


def test_a_need_nobody_serves_finds_nobody_and_an_unknown_place_is_said_so() -> None:
    assert directory().serving("BD-BRC", "mediation", POLICY.units) == ()
    with pytest.raises(UnknownUnit):
        directory().serving("nowhere", "mediation", POLICY.units)


def test_a_desk_is_an_institution_and_a_purpose() -> None:
    centre = "FBIH-K10-LIV.csw"
    assert DIRECTORY.desk(centre, DeskPurpose.DUTY) == Desk("FBIH-K10-LIV.csw/duty", DeskPurpose.DUTY)
    assert DIRECTORY.institution(centre).unit == "FBIH-K10-LIV"
    with pytest.raises(Malformed, match="no desk for director"):
        DIRECTORY.desk("FBIH-K10-LIV.school", DeskPurpose.DIRECTOR)
    with pytest.raises(UnknownInstitution):
        DIRECTORY.desk("FBIH-K10-LIV.casino", DeskPurpose.DUTY)


@pytest.mark.parametrize("place", PLACES)
def test_every_need_is_served_on_the_way_up_from_every_place(place: str) -> None:
    unserved = [need.code for need in POLICY.needs if not DIRECTORY.serving(place, need.code, POLICY.units)]
    assert unserved == []


@pytest.mark.parametrize("place", PLACES)
def test_every_place_has_a_centre_a_school_a_health_centre_and_police(place: str) -> None:
    kinds = [each.kind for each in DIRECTORY.in_unit(place)]
    assert kinds.count(InstitutionKind.CSW) == 1
    assert {"school", "health", "police"} <= set(kinds)


@pytest.mark.parametrize("place", PLACES)
def test_silence_finds_a_coordination_desk_on_every_step_up(place: str) -> None:
    for above in POLICY.units.path_up(place):
        desk = DIRECTORY.desk(f"{above.code}.authority", DeskPurpose.COORDINATION)
        assert desk.code == f"{above.code}.authority/coordination"


def test_three_institutions_of_each_journeys_place_can_be_asked_and_one_need_has_a_second_answerer() -> None:
    for place in ("FBIH-K10-LIV", "RS-BIL", "BD-BRC"):
        asked = [DIRECTORY.serving(place, need, POLICY.units) for need in ("psychosocial_support", "speech_therapy")]
        assert {each[0].kind for each in asked} == {"ngo", "ecd"}
        assert len(asked[0]) > 1


BROKEN: Mapping[str, tuple[UnitDirectory, str]] = {
    "a need of no catalogue": (
        UnitDirectory("BD", 1, date(2020, 1, 1), (institution("BD.authority", ("flying", 1)),)),
        "directory/BD.toml, institutions[BD.authority].services[flying]: no need has this code; use a code",
    ),
    "another unit's institution": (
        UnitDirectory("BD", 1, date(2020, 1, 1), (institution("RS.fund"),)),
        "directory/BD.toml, institutions[RS.fund].code: the code does not begin with 'BD'; write 'BD.'",
    ),
    "no authority": (
        UnitDirectory("BD", 1, date(2020, 1, 1), (institution("BD.home"),)),
        "directory/BD.toml, institutions: 'BD.authority' is missing; add it",
    ),
    "nobody coordinates": (
        UnitDirectory("BD", 1, date(2020, 1, 1), (institution("BD.authority"),)),
        "directory/BD.toml, institutions[BD.authority].desks: there is no desk that coordinates; add 'coordination'",
    ),
    "the wrong file": (
        UnitDirectory("RS", 1, date(2020, 1, 1), (institution("RS.authority"),)),
        "directory/BD.toml, unit: 'RS' is not the name of the file; write 'BD' or rename",
    ),
    "nobody hears": (
        UnitDirectory("BD", 1, date(2020, 1, 1), (replace(institution("BD.home", ("mediation", 1)), desks=()),)),
        "directory/BD.toml, institutions[BD.home].desks: it serves needs and has no desk that hears referrals; add",
    ),
    "two of one code": (
        UnitDirectory("BD", 1, date(2020, 1, 1), (institution("BD.home"), institution("BD.home"))),
        "directory/BD.toml, institutions[BD.home]: the code stands here 2 times; keep one row",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_contradiction_is_named_by_file_row_and_remedy(case: str) -> None:
    file, sentence = BROKEN[case]
    assert any(str(fault).startswith(sentence) for fault in directory_faults({"BD": file}, POLICY))


def test_a_place_without_a_centre_for_social_work_is_refused() -> None:
    file = UnitDirectory("BD-BRC", 1, date(2020, 1, 1), (institution("BD-BRC.ngo"),))
    said = "\n".join(map(str, directory_faults({"BD-BRC": file}, POLICY)))
    assert "directory/BD-BRC.toml, institutions: there are 0 centres for social work; list exactly one" in said
    assert "directory/, FBIH-K10-LIV.toml: this unit has no institutions; add the file." in said


def test_a_need_without_anybody_above_is_refused(tmp_path: Path) -> None:
    files, _ = read_files(FOLDER / "directory", UnitDirectory)
    (tmp_path / "directory").mkdir()
    for stem in files:
        text = (FOLDER / "directory" / f"{stem}.toml").read_text(encoding="utf-8")
        kept = [line for line in text.splitlines() if stem != "RS" or "child_allowance" not in line]
        (tmp_path / "directory" / f"{stem}.toml").write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_directory(tmp_path, POLICY)
    rs_places = [place for place in PLACES if POLICY.units.is_within(place, "RS")]
    assert [fault.file for fault in refused.value.faults] == [f"directory/{place}.toml" for place in rs_places]
    assert "nobody serves 'child_allowance' here or anywhere above; list an institution" in str(refused.value)
