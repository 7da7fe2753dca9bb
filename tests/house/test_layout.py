"""What a house is, before anything of it exists."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.house import ports
from deploy.house.child import WAIT_MAX_SECONDS, next_wait
from deploy.house.layout import ROOMS, Plan, state_folder


@pytest.mark.parametrize(
    ("environment", "is_root", "expected"),
    [
        ({"HOME": "/home/ana"}, False, "/home/ana/.local/state/spis"),
        ({"HOME": "/home/admin"}, True, "/var/lib/spis"),
        ({"HOME": "/home/ana", "SPIS_STATE": "/srv/spis"}, False, "/srv/spis"),
        ({"HOME": "/home/admin", "SPIS_STATE": "/srv/spis"}, True, "/srv/spis"),
    ],
)
def test_the_state_folder_is_the_users_own_unless_it_is_named(
    environment: dict[str, str], is_root: bool, expected: str
) -> None:
    assert state_folder(environment, is_root=is_root) == Path(expected)


def test_a_whole_house_has_an_api_and_a_worker_for_each_room() -> None:
    names = Plan(lasting=True).names
    assert {f"{room}-{half}" for room in ROOMS for half in ("api", "worker")} < set(names)
    assert [name for name in names if name.endswith("-stream")] == ["analytics-stream"]
    assert {"postgres", "kafka", "issuer", "gateway"} < set(names)


def test_a_house_without_rooms_is_a_broker_and_a_database() -> None:
    assert Plan(lasting=False, rooms=()).names == ("postgres", "kafka")
    assert Plan(lasting=False, rooms=(), brokers=3).brokers_by_name == ("kafka-1", "kafka-2", "kafka-3")


def test_a_process_that_keeps_ending_is_started_after_growing_waits() -> None:
    waits, wait = [], 0.0
    for _ in range(8):
        wait = next_wait(wait, alive=0.0)
        waits.append(wait)
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


def test_a_process_that_lived_long_is_started_again_at_once() -> None:
    assert next_wait(WAIT_MAX_SECONDS, alive=30.0) == 0.2


@given(
    remembered=st.dictionaries(st.sampled_from("abcd"), st.integers(1, 20)),
    taken=st.sets(st.integers(1, 15)),
)
def test_ports_are_distinct_and_free_and_kept_where_they_can_be(remembered: dict[str, int], taken: set[int]) -> None:
    draws = iter(range(1, 1000))
    chosen = ports.choose("abcd", remembered, {}, lambda port: port not in taken, lambda: next(draws))
    assert set(chosen) == set("abcd")
    assert len(set(chosen.values())) == 4
    assert not taken & set(chosen.values())
    first = next(iter("abcd"))
    if first in remembered and remembered[first] not in taken:
        assert chosen[first] == remembered[first]


def test_a_port_that_another_house_has_chosen_is_taken_before_anything_listens_there(tmp_path: Path) -> None:
    port = next(number for number in iter(ports.draw_port, 0) if ports.is_free(number))
    claims = ports.Claims(tmp_path)
    assert claims.is_free(port)
    assert not ports.Claims(tmp_path).is_free(port)
    for claim in claims._kept:
        claim.close()  # as the end of a process does
    again = ports.Claims(tmp_path)
    assert again.is_free(port)
    for claim in again._kept:
        claim.close()


def test_the_gateway_goes_back_to_the_port_of_the_examples_as_soon_as_it_is_free() -> None:
    remembered, preferred = {"gateway": 8401}, {"gateway": 8400}
    taken = ports.choose(["gateway"], remembered, preferred, lambda port: port != 8400, lambda: 1)
    assert taken == {"gateway": 8401}
    assert ports.choose(["gateway"], taken, preferred, lambda port: True, lambda: 1) == {"gateway": 8400}
