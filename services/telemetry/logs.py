"""Structured logs, one line an event, every line with the correlation id of the journey it belongs to.

Only the fields named here leave the process: a body, a name or the message of an exception is never written.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog
from pydantic_core import to_json
from structlog.contextvars import bind_contextvars, clear_contextvars

_LISTED = """
    event level time room process correlation_id withheld error at logger
    method route status seconds code account action unit institution desk subject
    topic topics partition partitions offset key sequence incarnation event_id type kind stream version
    count term epoch position holder attempt attempts channel hop lag_seconds oldest_seconds delay_seconds limit
    report case referral alert step port pid migration migrations signal
"""
FIELDS = frozenset(_LISTED.split())
"""References, codes, counts and times. Whoever adds a field here answers for what it can hold."""

FRAMES_MAX = 12
FOREIGN_TEXT_MAX = 300
SPOKEN_IN_FULL = ("uvicorn", "aiokafka")
"""Libraries whose messages never hold what a caller sent; of any other only the template is kept."""

Event = MutableMapping[str, Any]


def configure(*, room: str, process: str, form: str = "json", out: TextIO | None = None, once: bool = False) -> None:
    """Send this process's logs and its libraries' to `out` as `json` or `text`; told only `once`, a line costs less."""
    renderer: Any = structlog.processors.JSONRenderer(lambda event, **_: to_json(event, fallback=str).decode())
    if form == "text":
        renderer = structlog.processors.LogfmtRenderer(key_order=["time", "level", "event"], drop_missing=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            lambda _logger, _method, event: {**event, "room": room, "process": process},
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            places_only,
            listed_fields_only,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=out or sys.stdout),
        cache_logger_on_first_use=once,
    )
    root = logging.getLogger()
    root.handlers = [Foreign()]
    root.setLevel(logging.WARNING)
    for name in SPOKEN_IN_FULL:
        logging.getLogger(name).setLevel(logging.INFO if name == "uvicorn" else logging.WARNING)


def begin_journey(correlation_id: str) -> None:
    """Forget what was bound before and bind this journey's correlation id to every line that follows."""
    clear_contextvars()
    bind_contextvars(correlation_id=correlation_id)


def listed_fields_only(_logger: object, _method: str, event: Event) -> Event:
    """Drop every field that is not on the list, and say by name that it was dropped."""
    if FIELDS.issuperset(event):
        return event
    kept = {name: value for name, value in event.items() if name in FIELDS}
    return {**kept, "withheld": sorted(str(name)[:40] for name in event if name not in FIELDS)}


def places_only(_logger: object, _method: str, event: Event) -> Event:
    """Turn an exception into its kinds and the places it passed; its message may quote what somebody sent."""
    raised = event.pop("exc_info", None)
    if raised is True or isinstance(raised, tuple):
        raised = (sys.exc_info() if raised is True else raised)[1]
    if not isinstance(raised, BaseException):
        return event
    frames = traceback.extract_tb(raised.__traceback__)[-FRAMES_MAX:]
    event["at"] = [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames]
    kinds = [type(each).__name__ for each in (raised, raised.__cause__) if each]
    return {**event, "error": " from ".join(kinds)}


class Foreign(logging.Handler):
    """Passes on what libraries log through the standard library."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the first line of a record: in full from those we know, else without its arguments."""
        known = record.name.split(".")[0] in SPOKEN_IN_FULL
        text = record.getMessage() if known else str(record.msg)
        line = text.partition("\n")[0][:FOREIGN_TEXT_MAX]
        structlog.get_logger().log(record.levelno, line, logger=record.name, exc_info=record.exc_info)
