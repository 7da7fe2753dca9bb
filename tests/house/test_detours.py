"""A room whose traffic somebody passes on reaches its stores there and nowhere else; a clock of one's own shows the
common time until it is taken out.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.house import clock, kafka
from deploy.house.begin import begin_clock
from deploy.house.environment import Household, environment_of_half, environment_shared
from deploy.house.layout import Folder, Plan
from deploy.house.postgres import Addresses

DETOURS = {"intake": {"postgres": 7001, "kafka-1": 7002, "kafka-2": 7003}}


def household(tmp_path: Path) -> Household:
    plan = Plan(lasting=False, brokers=2, detours=DETOURS, clocks=("intake-worker",), clock=True)
    ports = {name: 9000 + number for number, name in enumerate(plan.listeners)}
    return Household(Folder(tmp_path), plan, ports, Addresses(Folder(tmp_path), ports), {})


def test_a_room_with_a_detour_is_told_of_no_other_way(tmp_path: Path) -> None:
    house = household(tmp_path)
    told = environment_of_half(house, "intake", "worker")
    assert told["SPIS_KAFKA"] == "127.0.0.1:7002,127.0.0.1:7003"
    assert ":7001/intake" in told["SPIS_INTAKE_DB"]
    assert ":7001/keys" in told["SPIS_KEYS_DB"]
    other, ports = environment_of_half(house, "referral", "worker"), house.ports
    assert other["SPIS_KAFKA"] == environment_shared(house)["SPIS_KAFKA"]
    assert f":{ports['postgres']}/referral" in other["SPIS_REFERRAL_DB"]
    assert f":{ports['postgres']}/intake" in house.databases["intake"]


def test_a_broker_tells_who_comes_by_a_detour_to_come_back_by_it(tmp_path: Path) -> None:
    house = household(tmp_path)
    lines = kafka.properties(house.plan, house.ports, "kafka-2", tmp_path).splitlines()
    own = house.ports["kafka-2"]
    assert f"advertised.listeners=BROKER://127.0.0.1:{own},INTAKE://127.0.0.1:7003" in lines
    apart = house.ports["kafka-2-for-intake"]
    assert any(
        line.startswith(f"listeners=BROKER://127.0.0.1:{own},INTAKE://127.0.0.1:{apart},CONTROLLER:") for line in lines
    )


def test_a_clock_of_ones_own_shows_the_common_time_but_while_it_is_taken_out(tmp_path: Path) -> None:
    folder = household(tmp_path).folder
    begin_clock(folder, "2026-03-02T08:00:00+00:00", ("intake-worker",))
    own, real = folder.clock_of("intake-worker"), datetime.now(UTC)
    assert clock.read_clock(own, real) == clock.read_clock(folder.clock, real)
    clock.advance_clock(own, timedelta(hours=30), real)
    assert clock.read_clock(own, real) == clock.read_clock(folder.clock, real) + timedelta(hours=30)
    clock.rejoin(own, folder.clock)
    clock.advance_clock(folder.clock, timedelta(hours=5), real)
    assert clock.read_clock(own, real) == clock.read_clock(folder.clock, real)
