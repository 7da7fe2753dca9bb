"""The pages of the referral room on a real database, driven by their forms alone, as somebody without a script does."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from deploy.house import House
from services.contracts.names import LANGUAGES
from tests.chassis.page_forms import PageForm, forms_on, row_of, text_of
from tests.chassis.page_reader import Reader
from tests.chassis.referral_room import UNIT, WORKER, ReferralRoom, open_referral_room

BOARD, SILENCE, ENDED = "/referral/board", "/referral/silence", "/referral/board/ended"
PROVIDER, COLLEAGUE = f"provider@{UNIT}.ecd", f"client@{UNIT}.ecd"
STRANGER = "provider@RS-BIL.ecd"
COORDINATOR = "coordinator@K10"
NEED, SHARED_NEED = "speech_therapy", "psychosocial_support"


@pytest.fixture(scope="module")
async def room(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReferralRoom]:
    """The room, open; each test opens cases of its own."""
    async with open_referral_room(house, tmp_path_factory.mktemp("pages")) as room:
        yield room


async def asked(room: ReferralRoom, need: str = NEED) -> tuple[str, str]:
    """A new case, and the address of the page of its referral."""
    case = await room.open_case(need)
    return case, f"/referral/referrals/{(await room.only(case))['referral']}"


def ref_of(path: str) -> str:
    return path.rpartition("/")[2]


async def test_whoever_is_asked_accepts_begins_and_reports_by_forms(room: ReferralRoom) -> None:
    case, path = await asked(room)
    provider = Reader(room, PROVIDER)
    assert case not in row_of(await provider.get(BOARD), ref_of(path)), "before it is accepted, nobody is told the case"
    page = await provider.does(path, "accept")
    assert "Accepted" in text_of(page)
    page = await provider.does(path, "start")
    assert "Under way" in text_of(page)
    page = await provider.does(path, "complete", complete__outcome="partly_met")
    assert "Completed: Partly met" in text_of(page)
    assert not forms_on(page), "nothing is left to do"
    assert await room.said(case) == ["referral.sent", "referral.accepted", "service.started", "referral.completed"]
    assert row_of(await provider.get(BOARD), ref_of(path)) == ""
    assert row_of(await provider.get(f"{ENDED}?state=completed"), ref_of(path))


async def test_a_first_step_is_taken_on_the_board_and_leads_back_to_it(room: ReferralRoom) -> None:
    case, path = await asked(room)
    provider = Reader(room, PROVIDER)
    answer = await provider.send(forms_on(await provider.get(BOARD))[f"{path}/accept"])
    assert (answer.status_code, answer.headers["location"]) == (303, BOARD)
    answer = await provider.send(forms_on(await provider.get(f"{BOARD}?direction=received"))[f"{path}/start"])
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BOARD}?direction=received")
    assert (await room.only(case))["state"] == "under_way"


async def test_after_a_refusal_the_centre_asks_another_institution(room: ReferralRoom) -> None:
    case, path = await asked(room, SHARED_NEED)
    asks, first = Reader(room, WORKER), await room.only(case)
    page = await Reader(room, f"provider@{first['receiver']}").does(path, "decline", decline__reason="no_capacity")
    assert "No capacity" not in text_of(page), "who declined sees no more than before"
    assert "Declined: No capacity" in text_of(await asks.get(path))
    form = await asks.form(path, "send")
    assert len(form.choices["send.receiver"]) > 2
    assert form.choices["send.receiver"][0] == "", "nobody is chosen for the reader"
    other = next(code for code in form.choices["send.receiver"] if code not in ("", first["receiver"]))
    page = await asks.does(path, "send", send__receiver=other)
    again = await room.only(case, state="waiting")
    assert (again["attempt"], again["receiver"]) == (2, other)
    assert again["referral"] in page.text
    assert f"/referral/referrals/{again['referral']}" in (await asks.get(path)).text, "the old one leads to the new one"
    assert f"{path}/send" not in forms_on(await asks.get(path))


async def test_a_form_that_is_older_than_the_last_attempt_asks_nobody(room: ReferralRoom) -> None:
    case, path = await asked(room, SHARED_NEED)
    asks, first = Reader(room, WORKER), (await room.only(case))["receiver"]
    await Reader(room, f"provider@{first}").does(path, "decline", decline__reason="no_capacity")
    old = await asks.form(path, "send")
    other = next(code for code in old.choices["send.receiver"] if code not in ("", first))
    await asks.does(path, "send", send__receiver=other)
    live = await asks.send(in_another_tab(old), send__receiver=other)
    assert (live.status_code, "Another institution has been asked" in text_of(live)) == (409, True)
    second = (await room.only(case, state="waiting"))["referral"]
    await Reader(room, f"provider@{other}").does(f"/referral/referrals/{second}", "decline", decline__reason="safety")
    later = await asks.send(in_another_tab(old), send__receiver=other)
    assert (later.status_code, "After this referral" in text_of(later)) == (409, True)
    assert (await room.said(case)).count("referral.sent") == 2


async def test_a_form_sent_twice_is_carried_out_once(room: ReferralRoom) -> None:
    case, path = await asked(room)
    await Reader(room, PROVIDER).does(path, "decline", decline__reason="no_capacity")
    asks = Reader(room, WORKER)
    form = await asks.form(path, "send")
    answers = [await asks.send(form, send__receiver=f"{UNIT}.ecd") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await room.said(case) == ["referral.sent", "referral.declined", "referral.sent"]


async def test_whoever_was_overtaken_sees_how_it_stands_and_overwrites_nothing(room: ReferralRoom) -> None:
    case, path = await asked(room)
    stale = await Reader(room, PROVIDER).form(path, "accept")
    withdraw = await Reader(room, WORKER).form(path, "withdraw")
    await Reader(room, COLLEAGUE).does(path, "decline", decline__reason="no_capacity")
    late = await Reader(room, PROVIDER).send(stale)
    assert late.status_code == 409
    assert "Meanwhile the referral was declined by" in text_of(late)
    assert not forms_on(late), "nothing is offered that can no longer be done"
    sender = await Reader(room, WORKER).send(withdraw, withdraw__reason="child_moved")
    assert sender.status_code == 409
    assert f"{path}/send" in forms_on(sender), "and what can be done now is offered"
    assert (await room.only(case))["state"] == "declined"


async def test_a_form_without_its_choice_comes_back_with_the_fault_beside_it(room: ReferralRoom) -> None:
    case, path = await asked(room)
    provider = Reader(room, PROVIDER)
    form = await provider.form(path, "decline")
    for chosen in ({}, {"decline__reason": "because"}):
        page = await provider.send(form, **chosen)
        assert page.status_code == 422
        assert 'href="#f-decline.reason"' in page.text
        assert 'id="e-decline.reason"' in page.text
    assert (await room.only(case))["state"] == "waiting"


async def test_nobody_is_offered_what_is_not_theirs_and_the_server_decides(room: ReferralRoom) -> None:
    _, path = await asked(room)
    offered = {
        account: {action.rpartition("/")[2] for action in forms_on(await Reader(room, account).get(path))}
        for account in (PROVIDER, WORKER, f"director@{UNIT}", COORDINATOR)
    }
    assert offered == {
        PROVIDER: {"accept", "decline"},
        WORKER: {"withdraw"},
        f"director@{UNIT}": set(),
        COORDINATOR: set(),
    }
    form = await Reader(room, PROVIDER).form(path, "accept")
    assert (await Reader(room, WORKER).send(form)).status_code == 403
    assert (await Reader(room, COORDINATOR).send(form)).status_code == 403


async def test_to_a_stranger_a_referral_is_a_page_that_is_not_there(room: ReferralRoom) -> None:
    _, path = await asked(room)
    stranger, nothing = Reader(room, STRANGER), "/referral/referrals/F-22222-22222-222222"
    form = await Reader(room, PROVIDER).form(path, "accept")
    decline = await Reader(room, PROVIDER).form(path, "decline")
    for page in (await stranger.get(path), await stranger.send(form), await stranger.send(decline)):
        assert page.status_code == 404
        assert page.headers["content-type"].startswith("text/html")
        assert ref_of(path) not in text_of(page)
    assert text_of(await stranger.get(path)) == text_of(await stranger.get(nothing))
    assert row_of(await stranger.get(BOARD), ref_of(path)) == ""


async def test_the_board_turns_red_by_itself_and_silence_climbs_before_those_above(room: ReferralRoom) -> None:
    case, path = await asked(room)
    provider, above = Reader(room, PROVIDER), Reader(room, COORDINATOR)
    due = datetime.fromisoformat((await room.only(case))["answer_by"])
    assert await provider.row(f"{BOARD}/live/owed", ref_of(path)) == ""
    assert await above.row(f"{SILENCE}?unit={UNIT}", ref_of(path)) == ""
    room.clock.moment = due - timedelta(minutes=1)
    assert "is-late" not in await provider.row(f"{BOARD}/live/owed", ref_of(path))
    room.clock.moment = due + timedelta(minutes=1)
    assert "is-late" in await provider.row(f"{BOARD}/live/owed", ref_of(path))
    for _ in range(2):
        owed = datetime.fromisoformat((await room.only(case))["next_check"])
        await room.look(later=max(owed - room.clock.now(), timedelta()))
    silent = await above.row(f"{SILENCE}?unit={UNIT}", ref_of(path))
    assert "Climbed to you" in silent
    assert case not in silent, "silence is shown in codes and dates, without the child"
    assert "Still no answer, step 1" in text_of(await above.get(path))


async def test_each_is_led_to_the_list_that_is_theirs(room: ReferralRoom) -> None:
    for account, asked_for, led_to in ((COORDINATOR, BOARD, SILENCE), (PROVIDER, SILENCE, BOARD)):
        answer = await Reader(room, account).get(asked_for)
        assert (answer.status_code, answer.headers["location"]) == (303, led_to)
    assert (await Reader(room, "operator@BIH").get(BOARD)).status_code == 403


async def test_columns_and_lists_lead_to_every_row_once(room: ReferralRoom) -> None:
    refs = {ref_of((await asked(room, "vaccination"))[1]) for _ in range(55)}
    asks = Reader(room, WORKER)
    board = await asks.get(f"{BOARD}?direction=sent")
    more = f"{BOARD}/live/waiting?direction=sent"
    assert more in board.text
    assert sum(bool(row_of(board, ref)) for ref in refs) < len(refs), "a column is bounded"
    seen = [ref for page in await asks.walk(more) for ref in refs if row_of(page, ref)]
    assert sorted(seen) == sorted(refs)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_drawn_in_every_language(room: ReferralRoom, language: str) -> None:
    case, path = await asked(room)
    unserved = f"/referral/referrals/{(await room.only(await room.open_case('flying')))['referral']}"
    for account, pages in (
        (WORKER, [BOARD, path, unserved, f"{BOARD}/live/owed", *(f"{ENDED}?state={each}" for each in STATES)]),
        (PROVIDER, [BOARD, path]),
        (COORDINATOR, [SILENCE, f"{SILENCE}?unit={UNIT}", path]),
    ):
        for each in pages:
            page = await Reader(room, account, language).get(each)
            assert (page.status_code, page.headers["content-language"]) == (200, language), (each, page.text[:300])
            assert "style=" not in page.text
            assert "onclick" not in page.text
    stale = await Reader(room, PROVIDER, language).form(path, "accept")
    await Reader(room, WORKER, language).does(path, "withdraw", withdraw__reason="sent_in_error")
    assert (await Reader(room, PROVIDER, language).send(stale)).status_code == 409
    assert (await room.only(case))["state"] == "withdrawn"


STATES = ("declined", "withdrawn", "completed", "no_receiver")


def in_another_tab(form: PageForm) -> PageForm:
    """The same form, opened a second time before anything happened."""
    return PageForm(form.action, form.fields | {"key": form.fields["key"] + ".again"}, form.choices)
