"""The logs of a house stay small for as long as it is open, and no log that cannot be trimmed ends the house."""

import os
from pathlib import Path

from deploy.house.launch import LOG_BYTES_MAX, trim_log, trim_logs


def full(log: Path, end: str = "") -> Path:
    """A log that has reached its limit."""
    log.touch()
    os.truncate(log, LOG_BYTES_MAX)
    with log.open("a") as writer:
        writer.write(end)
    return log


def test_a_log_and_its_older_half_are_all_there_ever_is(tmp_path: Path) -> None:
    """The older half was once taken for a log: each minute made another with a longer name, and within the hour
    no file could be called that."""
    for minute in ("first", "second", "third"):
        full(tmp_path / "intake-api.log", minute)
        trim_logs(tmp_path)
    assert {each.name: each.stat().st_size for each in tmp_path.iterdir()} == {
        "intake-api.log": 0,
        "intake-api.log.older": LOG_BYTES_MAX + len("third"),
    }
    assert (tmp_path / "intake-api.log.older").read_bytes().endswith(b"third")


def test_a_log_below_the_limit_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "intake-api.log"
    log.write_text("short")
    trim_log(log)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("intake-api.log", "short")]


def test_a_log_taken_away_before_it_is_looked_at_ends_nothing(tmp_path: Path) -> None:
    trim_log(tmp_path / "gone.log")
    assert not list(tmp_path.iterdir())


def test_a_log_that_cannot_be_trimmed_is_left_for_the_next_time(tmp_path: Path) -> None:
    """A full disk may fail a log; it may not end the house."""
    log, other = full(tmp_path / "intake-api.log"), full(tmp_path / "referral-api.log")
    (tmp_path / "intake-api.log.older").mkdir()
    trim_logs(tmp_path)
    assert (log.stat().st_size, other.stat().st_size) == (LOG_BYTES_MAX, 0)
