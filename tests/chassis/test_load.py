"""A synthetic year is what the rooms would have made of it: played in memory and copied, or act by act kept."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from deploy.house import House
from deploy.load.doing import Doing
from deploy.load.joining import Desks, added_up
from deploy.load.part import alerts_of, keep, play
from deploy.load.playing import Play
from deploy.load.stage import Stage
from intake.vault.opening import open_vault
from tests.chassis.loaded_rooms import opened

BEGINS, UNTIL = datetime(2025, 3, 3, 7, tzinfo=UTC), datetime(2026, 3, 2, 7, tzinfo=UTC)
CASES = 60
SEEN = (
    "intake.case_facts",
    "intake.vault",
    "intake.access_log",
    "referral.referrals",
    "referral.closed_cases",
    "notifications.alerts",
    "notifications.matters",
    "notifications.frames",
    "analytics.facts",
    "analytics.cells",
    "keys.person_keys",
)


async def test_what_is_copied_equals_what_the_rooms_make_of_the_same_courses_one_by_one(
    house: House, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        fast, slow = [await stack.enter_async_context(opened(house, tmp_path, CASES, BEGINS, UNTIL)) for _ in range(2)]
        kept, said = await play(await Stage.open(fast.told, fast.around), 0, CASES)
        await keep(fast.told, kept)
        desks = await Desks.of(fast.links)
        desks.numbered(alerts_of(said))
        await desks.keep(fast.links)
        await added_up({room: link for room, link in fast.links.items() if room != "keys"})

        stage = await Stage.open(slow.told, slow.around)
        keys = open_vault(slow.told.environments["intake"]).keys
        stack.push_async_callback(keys.aclose)
        for number in range(CASES):
            doing = Doing(stage.country, stage.desk(number, keys))
            await Play(stage.country, stage.crew, slow, doing, stage.course(number)).play(UNTIL)

        drawn, made = await fast.everything(), await slow.everything()
        assert drawn.keys() == made.keys()
        assert {table: set(drawn[table]) ^ set(made[table]) for table in drawn if drawn[table] != made[table]} == {}
        assert all(drawn[table] for table in SEEN), [table for table in SEEN if not drawn[table]]
        assert len(said) == sum(
            [await link.fetchval("SELECT count(*) FROM outbox") for r, link in slow.links.items() if r != "keys"]
        )
