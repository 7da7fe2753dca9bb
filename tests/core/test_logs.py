"""Logs hold references, codes and places; what a caller sent never reaches them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from services.telemetry.logs import begin_journey, configure

CANARY = "Ime-Izmisljeno-4711"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure(room="intake", process="api", form="json", out=stream)
    yield stream
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_carries_room_process_and_the_correlation_id(out: io.StringIO) -> None:
    begin_journey("5f0c2f6e-0000-4000-8000-000000000001")
    structlog.get_logger().info("report_received", report="R-22222-22222-2")
    (line,) = lines(out)
    assert line["event"] == "report_received"
    assert (line["room"], line["process"], line["report"]) == ("intake", "api", "R-22222-22222-2")
    assert line["correlation_id"] == "5f0c2f6e-0000-4000-8000-000000000001"


def test_a_field_that_is_not_listed_is_dropped_and_named(out: io.StringIO) -> None:
    structlog.get_logger().warning("odd", body=CANARY, count=1)
    (line,) = lines(out)
    assert line["withheld"] == ["body"]
    assert line["count"] == 1
    assert CANARY not in out.getvalue()


def test_an_exception_is_its_kinds_and_places_never_its_message(out: io.StringIO) -> None:
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            raise RuntimeError(f"about {CANARY}") from error
    except RuntimeError as error:
        structlog.get_logger().error("broke", exc_info=error)
        structlog.get_logger().exception("broke again")
    first, second = lines(out)
    assert first["error"] == second["error"] == "RuntimeError from ValueError"
    assert "test_logs.py" in str(first["at"])
    assert CANARY not in out.getvalue()


def test_a_library_s_arguments_and_further_lines_stay_out_unless_it_is_known(out: io.StringIO) -> None:
    logging.getLogger("strange.library").error("could not store %s\nvalue: " + CANARY, CANARY)
    logging.getLogger("aiokafka.conn").warning("Unable to connect to %s", "broker:9092")
    strange, known = lines(out)
    assert strange["event"] == "could not store %s"
    assert known["event"] == "Unable to connect to broker:9092"
    assert CANARY not in out.getvalue()


def test_the_text_form_is_one_line_of_pairs(out: io.StringIO) -> None:
    configure(room="referral", process="worker", form="text", out=out)
    structlog.get_logger().info("turned", count=3)
    (line,) = out.getvalue().splitlines()
    assert "event=turned" in line
    assert "count=3" in line
