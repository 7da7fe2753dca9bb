"""What each room measures of its own rows, and shows by place and age: never more than is true now."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from deploy.house import House
from intake.__main__ import ROOM as INTAKE
from notifications import gauges as alerts
from notifications.__main__ import ROOM as NOTIFICATIONS
from referral.room import ROOM as REFERRAL
from tests.chassis.inbox import PROVIDER, Inbox, open_inbox
from tests.chassis.intake_door import ACCEPT, IntakeDoor, open_intake
from tests.chassis.referral_room import ReferralRoom, open_referral_room
from tests.core import alert_stories as story

NEED = "speech_therapy"


@pytest.fixture
async def inbox(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Inbox]:
    async with open_inbox(house, tmp_path_factory.mktemp("alerts")) as inbox:
        yield inbox


@pytest.fixture
async def room(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReferralRoom]:
    async with open_referral_room(house, tmp_path_factory.mktemp("referral")) as room:
        yield room


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    async with open_intake(house, tmp_path_factory.mktemp("intake")) as door:
        yield door


def shown(name: str, **labels: str) -> float | None:
    """What a process would show now."""
    return REGISTRY.get_sample_value(name, labels)


async def test_an_alert_nobody_acknowledges_is_shown_by_place_and_by_how_late_it_is(inbox: Inbox) -> None:
    async def measured() -> None:
        alerts.show("notifications", await inbox.database.read("unacknowledged", inbox.clock.now()))

    def waiting(overdue: str) -> float | None:
        place = {"room": "notifications", "unit": story.UNIT, "severity": severity}
        return shown("spis_unacknowledged_alerts", **place, overdue=overdue)

    assert NOTIFICATIONS.measure is alerts.measure
    await inbox.hear(story.in_order(story.sent()))
    row = (await inbox.rows("SELECT ref, severity, acknowledge_by FROM alerts"))[0]
    severity = row["severity"]
    await measured()
    assert (waiting("no"), waiting("to_an_hour")) == (1, 0)
    inbox.clock.at = row["acknowledge_by"] + timedelta(minutes=40)
    await measured()
    place = {"room": "notifications", "unit": story.UNIT, "severity": severity}
    assert (waiting("no"), waiting("to_an_hour")) == (0, 1)
    assert shown("spis_unacknowledged_overdue_seconds", **place) == 40 * 60
    before = shown("spis_alert_changes_total", room="notifications", change="acknowledged", severity=severity) or 0
    assert (await inbox.take_note(PROVIDER, row["ref"])).status_code == 200
    await measured()
    assert waiting("to_an_hour") is None, "what somebody took note of is shown no longer"
    assert (
        shown("spis_alert_changes_total", room="notifications", change="acknowledged", severity=severity) == before + 1
    )


async def test_an_owed_answer_is_shown_to_whoever_coordinates_and_so_is_silence_past_the_last_step(
    room: ReferralRoom,
) -> None:
    def climbed() -> float:
        return sum(
            sample.value
            for metric in REGISTRY.collect()
            for sample in metric.samples
            if sample.name == "spis_escalations_total" and sample.labels["coordinating"] == "K10"
        )

    place = {"room": "referral", "coordinating": "K10"}
    await room.open_case(NEED)
    await REFERRAL.measure(room.around)
    assert shown("spis_referrals_owed", **place, overdue="no") == 1
    assert shown("spis_referrals_past_last_step", **place) == 0
    before = climbed()
    for _ in range(9):
        await room.look(later=timedelta(days=15))
    await REFERRAL.measure(room.around)
    assert shown("spis_referrals_owed", **place, overdue="longer") == 1
    assert (shown("spis_oldest_silence_seconds", **place) or 0) > 100 * 86_400
    assert shown("spis_referrals_past_last_step", **place) == 1
    assert climbed() > before
    ref = (await room.only(await room.around.database.pool.fetchval("SELECT case_ref FROM referrals")))["referral"]
    assert (await room.post(f"/referrals/{ref}/accept", f"provider@{await _receiver(room)}")).status_code == 200
    await REFERRAL.measure(room.around)
    assert shown("spis_referrals_owed", **place, overdue="longer") is None


async def _receiver(room: ReferralRoom) -> str:
    return str(await room.around.database.pool.fetchval("SELECT receiver FROM referrals"))


async def test_a_report_nobody_screened_is_shown_by_its_age_and_one_of_danger_by_itself(intake: IntakeDoor) -> None:
    place = {"room": "intake", "unit": "RS-BIL"}
    report = await intake.reported(concerns=["neglect"])
    intake.clock.at += timedelta(hours=3)
    await INTAKE.measure(intake.around)
    assert shown("spis_unscreened_reports", **place, age="to_a_day") == 1
    assert shown("spis_oldest_unscreened_seconds", **place, danger="no") == 3 * 3600
    assert shown("spis_oldest_unscreened_seconds", **place, danger="yes") == 0
    assert (await intake.post(f"/reports/{report}/screen", ACCEPT)).status_code == 200
    await INTAKE.measure(intake.around)
    assert shown("spis_unscreened_reports", **place, age="to_a_day") is None


async def test_keys_that_are_away_are_counted_and_every_other_trouble_stands_at_none(intake: IntakeDoor) -> None:
    def counted(trouble: str) -> float:
        return shown("spis_vault_troubles_total", room="intake", trouble=trouble) or 0

    assert shown("spis_vault_troubles_total", room="intake", trouble="seal_broken") is not None, "there from the start"
    away, lost = counted("keys_away"), counted("key_lost")
    case = await intake.opened()
    intake.keys.close()
    assert (await intake.get(f"/cases/{case}")).status_code == 503
    intake.keys.standing = True
    assert counted("keys_away") > away
    assert counted("key_lost") == lost
