"""A story ends well only when every step was observed: what was not seen is told, and the command fails."""

import asyncio

import httpx2
import pytest

from deploy.demo.acts import seen
from deploy.demo.story import main, told
from deploy.demo.visitor import NotObserved, expect


def test_a_story_that_was_seen_to_its_end_ends_well() -> None:
    assert told(lambda: None) == 0


def test_a_step_that_is_not_observed_fails_the_story_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def play() -> None:
        raise NotObserved("within 20 s nobody saw the alert")

    assert told(play) == 1
    assert "✗ within 20 s nobody saw the alert" in capsys.readouterr().err


def test_an_answer_of_another_status_is_a_step_that_is_not_observed(capsys: pytest.CaptureFixture[str]) -> None:
    answer = httpx2.Response(409, text='{"code": "need_has_live_referral"}')
    assert told(lambda: expect(answer, 201, "a new referral")) == 1
    assert "a new referral: expected 201, got 409" in capsys.readouterr().err


def test_what_never_appears_is_a_step_that_is_not_observed() -> None:
    async def nothing() -> None:
        return None

    assert told(lambda: asyncio.run(seen(nothing, "anything", seconds_max=0.1))) == 1


def test_an_unknown_municipality_is_refused_with_those_that_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--unit", "ATLANTIS"]) == 2
    assert "FBIH-K10-LIV" in capsys.readouterr().err
