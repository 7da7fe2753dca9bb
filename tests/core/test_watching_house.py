"""What an operator sees at the terminal: the path of one case in milliseconds, and what waits in every room."""

from typing import Any

from deploy.house.tracing import lines_of as path_lines
from deploy.house.tracing import path_of
from deploy.house.watching import Look, Process, lines_of, waiting_in

PAGE = """# TYPE spis_lag_seconds gauge
spis_lag_seconds{room="referral",topic="a"} 0.5
spis_lag_seconds{room="referral",topic="b"} 7.25
# TYPE spis_parked gauge
spis_parked{room="referral"} 2.0
# TYPE spis_outbox_oldest_seconds gauge
spis_outbox_oldest_seconds{room="referral"} 0.0
"""


def hop(room: str, kind: str, accepted: str, published: str | None, journey: str = "j") -> dict[str, Any]:
    at = "2026-03-02T09:00:{}+00:00"
    return {
        "room": room,
        "type": f"ba.spis.{room}.{kind}.v1",
        "topic": "t",
        "subject": "C-1",
        "journey": journey,
        "accepted_at": at.format(accepted),
        "published_at": at.format(published) if published else None,
    }


def test_a_path_tells_for_each_hop_how_long_it_took_from_what_caused_it() -> None:
    told = [
        hop("notifications", "alert.raised", "00.090", None),
        hop("intake", "case.opened", "00.000", "00.012"),
        hop("referral", "referral.sent", "00.040", "00.052"),
        hop("intake", "case.opened", "00.000", "00.012"),
    ]
    path = path_of(told)
    assert [(each.room, each.after_ms, each.publish_ms) for each in path] == [
        ("intake", None, 12.0),
        ("referral", 28.0, 12.0),
        ("notifications", 38.0, None),
    ]
    lines = "\n".join(path_lines(path))
    assert "90 ms in all" in lines
    assert "waits" in lines


def test_what_another_journey_said_is_not_what_a_hop_waited_for() -> None:
    told = [hop("intake", "case.opened", "00.000", "00.010", "other"), hop("referral", "referral.sent", "05.000", None)]
    assert [each.after_ms for each in path_of(told)] == [None, None]


def test_what_was_heard_before_its_room_had_noted_that_it_was_published_took_no_time() -> None:
    told = [hop("intake", "case.opened", "00.000", "00.050"), hop("referral", "referral.sent", "00.045", None)]
    assert [each.after_ms for each in path_of(told)] == [None, 0.0]


def test_what_waits_is_the_worst_topic_and_a_worker_that_is_away_is_not_a_room_where_nothing_waits() -> None:
    here = waiting_in("referral", PAGE)
    assert (here.lag_seconds, here.parked, here.unpublished_seconds) == (7.25, 2.0, 0.0)
    away = waiting_in("referral", "")
    assert (away.lag_seconds, away.parked) == (None, None)


def test_a_look_shows_every_process_and_every_room() -> None:
    seen = Look(
        "http://127.0.0.1:8400",
        (Process("kafka", 12, "", 0, 350), Process("referral-worker", 0, "waiting for Kafka", 3, 0)),
        (waiting_in("referral", PAGE), waiting_in("intake", "")),
    )
    lines = "\n".join(lines_of(seen))
    assert seen.unready == 1
    for part in ("350 MB", "waiting for Kafka   ended 3 times", "7.2 s", "?"):
        assert part in lines
