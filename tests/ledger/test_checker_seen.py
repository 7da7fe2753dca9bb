"""What a planted bug taught the checker to see: records said again, keys exchanged, parked events overtaken."""

import pytest

from tests.ledger.altered import changed, event_of, first, row_of, rules_broken
from tests.ledger.checker import check
from tests.ledger.stories import Record, Tale, whole_tale

WHOLE = whole_tale().end()
SENT = first(WHOLE, event_of("referral.sent"))


def again(at: str) -> Record:
    """The question once more in the log, sent at a time of its day."""
    return SENT | {"offset": SENT["offset"] + 0.5, "sent": f"2026-03-05T{at}Z"}


def fault(kind: str, since: str, until: str = "") -> list[Record]:
    """Something that was done to the house, until then or to the end."""
    what = {"fault": kind, "target": "referral-worker"}
    began = [{"kind": "fault", **what, "real": f"2026-03-05T{since}Z"}]
    return [*began, {"kind": "fault_over", **what, "real": f"2026-03-05T{until}Z"}] if until else began


@pytest.mark.parametrize(
    ("done", "sent", "broken"),
    [
        ([], "15:00:00", {"duplicated"}),
        (fault("kill", "15:00:02", "15:00:03"), "15:00:04", set()),
        (fault("restart", "15:00:02"), "15:05:00", set()),
        (fault("kill", "15:00:20", "15:00:21"), "15:00:10", {"duplicated"}),
        (fault("kill", "14:50:00", "14:50:01"), "15:00:10", {"duplicated"}),
        (fault("twin", "14:59:00", "15:01:00"), "15:00:10", {"duplicated"}),
        (fault("twin", "14:59:00", "15:00:05"), "15:00:10", set()),
        (fault("twin", "14:59:00"), "15:00:10", {"duplicated"}),
    ],
)
def test_what_is_sent_again_is_a_finding_unless_something_happened_in_between(
    done: list[Record], sent: str, broken: set[str]
) -> None:
    assert rules_broken([*WHOLE, again(sent), *done]) == broken


def test_what_lies_under_the_key_of_something_else_is_inverted() -> None:
    sent = first(WHOLE, event_of("referral.sent"))
    elsewhere = changed(WHOLE, lambda record: record is sent, data=sent["data"] | {"case": "C-999"})
    findings = [finding.what for finding in check(elsewhere).findings if finding.rule == "inverted"]
    assert findings == ["referral.sent lies under the key of something else"]


@pytest.mark.parametrize(
    ("numbers", "torn"),
    [((1, 2, 3), []), ((1, 2, 5), ["3 to 4"]), ((1, 10**12 + 1, 10**12 + 3), [f"{10**12 + 2} to {10**12 + 2}"])],
)
def test_a_frame_that_is_not_in_its_letterbox_is_lost_unless_a_restored_one_began_far_above(
    numbers: tuple[int, ...], torn: list[str]
) -> None:
    rows = [
        {
            "kind": "row",
            "table": "notifications.frames",
            "row": {"number": number, "desk": "d", "alert": "A", "kind": "raised"},
        }
        for number in numbers
    ]
    assert [finding.ref for finding in check(rows).findings if "not in the letterbox" in finding.what] == torn


def set_aside(event: Record, reason: str | None) -> Record:
    """An event that analytics set aside."""
    place = f"{event['topic']}/{event['partition']}/{event['offset']}"
    row = {"room": "analytics", "event_id": event["id"], "record": place, "reason": reason}
    return {"kind": "row", "table": "set_aside", "row": row}


@pytest.mark.parametrize("reason", ["bug: KeyError after 3 attempts", None])
def test_what_is_dealt_with_while_an_earlier_event_of_its_key_is_set_aside_is_inverted(reason: str | None) -> None:
    tale = Tale()
    case = tale.case(tale.report(), "therapy")
    tale.answers("accept", f"F-{case}-therapy-1")
    records = tale.end()
    sent, accepted = first(records, event_of("referral.sent")), first(records, event_of("referral.accepted"))
    overtaken = [finding.what for finding in check([*records, set_aside(sent, reason)]).findings]
    assert "analytics dealt with number 2 while 1 is set aside" in overtaken
    assert "inverted" not in rules_broken([*records, set_aside(accepted, reason)])
    waits = [r for r in records if not row_of("analytics.witness", event_id=accepted["id"])(r)]
    assert "inverted" not in rules_broken([*waits, set_aside(sent, reason), set_aside(accepted, None)])
