"""Alerts on a real database: whatever order events arrive in, the same desks end with the same alerts."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from deploy.house import House
from services.contracts.codes import RiskBand
from tests.chassis.inbox import PROVIDER, Inbox, emptied, open_inbox
from tests.core import alert_stories as story

JOURNEY = story.in_order(
    story.report_received(),
    story.report_screened(),
    story.case_opened(),
    story.sent(),
    story.declined(),
    story.sent(story.TO_SCHOOL, story.SCHOOL, attempt=2),
    story.fell_silent(story.TO_SCHOOL, story.SCHOOL),
    story.escalated(1, story.COORDINATING, story.TO_SCHOOL, story.SCHOOL),
    story.escalated(2, story.ENTITY, story.TO_SCHOOL, story.SCHOOL),
    story.accepted(story.TO_SCHOOL, story.SCHOOL),
    story.completed(story.TO_SCHOOL, story.SCHOOL),
    story.need_unserved(),
)
IN_THE_END = [
    ("CHILD_IMMEDIATE_DANGER", story.DUTY, 1, "raised"),
    ("CHILD_IMMEDIATE_DANGER", f"{story.UNIT}.police/referrals", 1, "raised"),
    ("NEED_UNSERVED", story.COORDINATION, 1, "raised"),
    ("REFERRAL_ACCEPTED", story.CASELOAD, 1, "resolved"),
    ("REFERRAL_COMPLETED", story.CASELOAD, 1, "raised"),
    ("REFERRAL_DECLINED", story.CASELOAD, 1, "resolved"),
    ("REFERRAL_ESCALATED", story.MINISTRY, 1, "resolved"),
    ("REFERRAL_ESCALATED", story.COORDINATION, 1, "resolved"),
    ("REFERRAL_FELL_SILENT", story.CASELOAD, 1, "resolved"),
    ("REFERRAL_FELL_SILENT", story.SCHOOL_DESK, 1, "resolved"),
    ("REFERRAL_SENT", story.CLINIC_DESK, 1, "resolved"),
    ("REFERRAL_SENT", story.SCHOOL_DESK, 1, "resolved"),
    ("REPORT_RECEIVED", story.CASELOAD, 1, "resolved"),
]
SHUFFLES = 25


@pytest.fixture(scope="module")
async def opened(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Inbox]:
    async with open_inbox(house, tmp_path_factory.mktemp("alerts")) as inbox:
        yield inbox


@pytest.fixture
async def inbox(opened: Inbox) -> Inbox:
    await emptied(opened)
    return opened


async def test_a_journey_ends_with_what_is_still_open_on_its_desks(inbox: Inbox) -> None:
    await inbox.hear(JOURNEY)
    assert sorted(await inbox.alerts()) == sorted(IN_THE_END)
    assert await inbox.without_next_step() == []


async def test_any_order_of_the_events_ends_the_same(inbox: Inbox) -> None:
    chance = random.Random(20260309)
    for _ in range(SHUFFLES):
        await emptied(inbox)
        said = chance.sample(JOURNEY, len(JOURNEY))
        await inbox.hear(said)
        assert sorted(await inbox.alerts()) == sorted(IN_THE_END), [type(each).__name__ for each, _ in said]
        assert await inbox.without_next_step() == []


async def test_one_batch_ends_as_many_transactions_do(inbox: Inbox) -> None:
    await inbox.hear_at_once(JOURNEY)
    assert sorted(await inbox.alerts()) == sorted(IN_THE_END)
    assert await inbox.without_next_step() == []


async def test_hearing_everything_twice_adds_nothing(inbox: Inbox) -> None:
    count = "SELECT (SELECT count(*) FROM frames) AS frames, (SELECT count(*) FROM outbox) AS said"
    await inbox.hear(JOURNEY)
    once, alerts = await inbox.rows(count), await inbox.alerts()
    await inbox.hear(JOURNEY)
    assert (await inbox.rows(count), await inbox.alerts()) == (once, alerts)


async def test_what_was_over_before_it_was_heard_rings_nowhere(inbox: Inbox) -> None:
    received, screened = JOURNEY[0], JOURNEY[1]
    await inbox.hear([screened, received])
    assert await inbox.alerts() == [("REPORT_RECEIVED", story.CASELOAD, 1, "resolved")]
    assert await inbox.rows("SELECT FROM frames") == []
    assert await inbox.rows("SELECT FROM outbox") == []


async def test_the_end_of_a_case_leaves_nothing_of_it_on_any_desk_in_whatever_order_it_is_heard(inbox: Inbox) -> None:
    chance = random.Random(20260309)
    ended = [*JOURNEY, *story.in_order(story.case_opened(), story.case_closed())[1:]]
    for _ in range(5):
        await emptied(inbox)
        await inbox.hear(chance.sample(ended, len(ended)))
        left = {code for code, _, _, state in await inbox.alerts() if state != "resolved"}
        assert left == {"REFERRAL_COMPLETED"}, "what only informs stays"
        assert await inbox.without_next_step() == []


async def test_a_second_refusal_of_the_same_need_is_heard_though_the_first_was_settled(inbox: Inbox) -> None:
    await inbox.hear(
        story.in_order(
            story.sent(),
            story.declined(),
            story.sent(story.TO_SCHOOL, story.SCHOOL, attempt=2),
            story.declined(story.TO_SCHOOL, story.SCHOOL),
        )
    )
    declined = [alert for alert in await inbox.alerts() if alert[0] == "REFERRAL_DECLINED"]
    assert sorted(state for *_, state in declined) == ["raised", "resolved"]


async def test_nobody_answering_an_alert_makes_it_climb_by_itself_and_for_ever(inbox: Inbox) -> None:
    await inbox.hear(story.in_order(story.sent()))
    ladder = [story.CLINIC_DESK, story.CASELOAD, story.COORDINATION]
    for reached in (2, 3, 3, 3):
        inbox.clock.at += timedelta(days=7)
        assert await inbox.keep_appointments() > 0
        assert [desk for _, desk, _, _ in sorted(await inbox.alerts(), key=lambda a: a[2])] == ladder[:reached]
        assert await inbox.without_next_step() == []
    top = await inbox.rows("SELECT repeats FROM alerts WHERE desk = $1", story.COORDINATION)
    assert top[0]["repeats"] == 2, "the top rings again and again"
    said = await inbox.rows("SELECT type, event_id FROM outbox")
    assert len({row["event_id"] for row in said}) == len(said)


async def test_an_answer_ends_the_whole_ladder(inbox: Inbox) -> None:
    sent, accepted = story.in_order(story.sent(), story.accepted())
    await inbox.hear([sent])
    inbox.clock.at += timedelta(days=7)
    await inbox.keep_appointments()
    await inbox.hear([accepted])
    assert {state for code, _, _, state in await inbox.alerts() if code == "REFERRAL_SENT"} == {"resolved"}
    assert await inbox.without_next_step() == []
    inbox.clock.at += timedelta(days=30)
    assert await inbox.keep_appointments() == 0


async def test_an_alert_raised_while_its_cause_ended_is_taken_down_instead_of_climbing(inbox: Inbox) -> None:
    sent, accepted = story.in_order(story.sent(), story.accepted())
    await inbox.hear([sent, accepted])
    # What two transactions that do not see each other leave behind: raised, with an appointment, and its matter over.
    await inbox.rows("UPDATE alerts SET state = 'raised', resolved_at = NULL WHERE code = 'REFERRAL_SENT'")
    await inbox.rows(
        "INSERT INTO deadlines (kind, subject, due_at)"
        " SELECT 'alert', ref, $1 FROM alerts WHERE code = 'REFERRAL_SENT'",
        story.MONDAY,
    )
    inbox.clock.at += timedelta(days=7)
    await inbox.keep_appointments()
    assert {state for code, _, _, state in await inbox.alerts() if code == "REFERRAL_SENT"} == {"resolved"}
    assert await inbox.without_next_step() == []


async def test_an_alert_for_a_desk_that_nobody_covers_reaches_somebody_within_the_hour(inbox: Inbox) -> None:
    nowhere = "FBIH-K10-LIV.nobody"
    await inbox.hear(story.in_order(story.sent(receiver=nowhere)))
    inbox.clock.at += timedelta(hours=1)
    await inbox.keep_appointments()
    desks = {desk: state for _, desk, _, state in await inbox.alerts()}
    assert desks == {f"{nowhere}/referrals": "raised", story.CASELOAD: "raised"}
    assert await inbox.without_next_step() == []


async def test_two_watchdogs_that_look_at_once_climb_once(inbox: Inbox) -> None:
    await inbox.hear(story.in_order(story.fell_silent()))
    inbox.clock.at += timedelta(days=7)
    first, second = await _both_at_once(inbox)
    assert first + second == 2, "the sender's and the receiver's alert were looked at, each by one"
    climbed = [alert for alert in await inbox.alerts() if alert[2] == 2]
    assert climbed == [("REFERRAL_FELL_SILENT", story.COORDINATION, 2, "raised")]
    assert await inbox.without_next_step() == []


async def _both_at_once(inbox: Inbox) -> tuple[int, int]:
    return await asyncio.gather(inbox.keep_appointments(), inbox.keep_appointments())


async def test_heard_long_after_it_happened_an_alert_is_late_known_with_both_times(inbox: Inbox) -> None:
    inbox.clock.at = story.MONDAY + timedelta(days=3)
    await inbox.hear(story.in_order(story.sent(risk=RiskBand.CRITICAL)))
    [row] = await inbox.rows("SELECT late, severity, happened_at, raised_at, acknowledge_by FROM alerts")
    assert (row["late"], row["severity"]) == (True, "critical")
    assert (row["happened_at"], row["raised_at"]) == (story.MONDAY, inbox.clock.at)
    assert row["acknowledge_by"] > inbox.clock.at


async def test_what_leaves_the_room_names_no_account(inbox: Inbox) -> None:
    await inbox.hear(JOURNEY)
    for row in await inbox.rows("SELECT ref FROM alerts WHERE desk = $1", story.CLINIC_DESK):
        await inbox.take_note(PROVIDER, row["ref"])
    for row in await inbox.rows("SELECT body FROM outbox UNION ALL SELECT payload::text FROM frames"):
        assert "@" not in row["body"]
