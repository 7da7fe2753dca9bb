"""Where names go: planted in every personal field and every odd place, they are found in the cipher and nowhere."""

from collections.abc import Callable
from uuid import uuid4

from deploy.demo.acts import REPORTS
from deploy.house import House
from services.contracts.catalog import CASES as CASES_TOPIC
from tests.journeys.looking import announced, files_holding, records, tables_holding, whole
from tests.journeys.planting import Planted, odd_requests
from tests.journeys.town import CASES, Town, referral_path
from tests.prove.searching import Search, written_as


async def test_a_name_is_found_in_no_row_topic_log_or_file_after_a_whole_journey(
    house: House, town: Callable[[str], Town]
) -> None:
    here, planted = town("FBIH-ZDK-TES"), Planted(uuid4().hex)
    report = (await here.school.does(REPORTS, planted.report(here), status=201))["report"]
    override = {"band": "critical", "reason": planted.word("because")}
    case = (await here.worker.does(f"{REPORTS}/{report}/screen", here.screening(override=override)))["case"]
    referral = await here.asked(case)
    for step in ("accept", "start"):
        await here.provider().does(referral_path(referral, step))
    await here.alert(here.worker, "REFERRAL_ACCEPTED", referral["referral"])
    file = await here.worker.get(f"{REPORTS}/{report}")
    assert file["child"]["family_name"] == planted.word("family")
    assert file["override_reason"] == planted.word("because")
    assert (await here.worker.get(f"{CASES}/{case}"))["child"]["birth_date"] == planted.born
    await nothing_but_cipher(house, planted, seen_everywhere=case)
    search = Search(house, written_as(planted.seed))
    await search.rows()
    for folder in (house.folder.logs, house.folder.kafka("kafka")):
        search.files(folder)
    assert not search.hits, "nor in any other form"


async def test_a_name_in_a_place_where_none_belongs_is_not_kept_either(
    house: House, town: Callable[[str], Town]
) -> None:
    here, planted = town("FBIH-ZDK-TES"), Planted(uuid4().hex)
    for path, form, query, headers in odd_requests(here, planted):
        answer = await here.worker.http.request(
            "POST" if form is not None else "GET",
            path,
            json=form,
            params=query,
            headers={**await here.worker.bearer(), "Idempotency-Key": f"odd-{uuid4()}", **headers},
        )
        assert answer.status_code < 500
        assert planted.seed not in answer.text + str(answer.headers)
    case = await here.case()
    await here.alert(here.provider(), "REFERRAL_SENT", (await here.asked(case))["referral"])
    await nothing_but_cipher(house, planted, seen_everywhere=case)


async def nothing_but_cipher(house: House, planted: Planted, *, seen_everywhere: str) -> None:
    """No word lies anywhere; a case's reference, looked for in the same way, lies in each kind of place."""
    await announced(house, CASES_TOPIC.name, seen_everywhere)
    rows = await tables_holding(house, [planted.seed, planted.born, seen_everywhere])
    assert {"intake.cases", "intake.stream_events", "referral.outbox", "notifications.alerts"} <= rows[seen_everywhere]
    assert not any(rows[word] for word in (planted.seed, planted.born))
    said = b"\n".join([whole(record) for record in await records(house)])
    assert seen_everywhere.encode() in said
    assert not [word for word in (planted.seed, planted.born) if word.encode() in said]
    kinds = {name.partition("/")[0] for name in files_holding(house.folder.root, seen_everywhere)}
    assert kinds >= {"postgres", "kafka", "logs"}
    assert not files_holding(house.folder.root, planted.seed)
