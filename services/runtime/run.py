"""Runs a room: `python -m ROOM api | worker | migrate | rebuild | park … | republish | restored`."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager

import uvloop

from services.contracts.failures import Refused, Unavailable
from services.contracts.faults import PolicyError, SettingMissing
from services.contracts.fitness import refuse_unfit
from services.contracts.policy import load_policy
from services.http.app import create_app
from services.http.serving import serve
from services.runtime import operations
from services.runtime.clock import clock_of
from services.runtime.room import Room, Surroundings
from services.runtime.settings import Settings
from services.runtime.worker import work
from services.security.identity import Verifier
from services.security.secret_files import KeyUnfit, secrets_named, sessions_of
from services.storage.database import HOUSE, NOBODY, Database
from services.storage.migrate import SchemaUnknown, check_schema, migrate
from services.telemetry.logs import configure

Command = Callable[[Room, Settings, Sequence[str]], Coroutine[None, None, None]]


def main(room: Room) -> None:
    """Run what the command line asks for; a mistake in the surroundings is told in a sentence, with what to do."""
    arguments = sys.argv[1:] or ["help"]
    commands = COMMANDS | dict.fromkeys(room.commands, _operate)
    command = commands.get(arguments[0])
    if command is None:
        sys.exit(f"usage: python -m {room.name} {' | '.join(commands)}")
    try:
        settings = Settings.from_env(room.name, os.environ)
        refuse_unfit(os.environ, secrets_named(os.environ))
        # What a command says is read by people and machines, so what it logs goes beside it.
        out = sys.stderr if command is _operate else sys.stdout
        configure(room=room.name, process=arguments[0], form=settings.log, out=out, once=True)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(command(room, settings, arguments[1:]))
    except (SettingMissing, KeyUnfit, SchemaUnknown, PolicyError, Unavailable, Refused) as error:
        sys.exit(f"{room.name} {arguments[0]}: {error}")


@asynccontextmanager
async def surroundings(room: Room, settings: Settings, scope: str = HOUSE) -> AsyncIterator[Surroundings]:
    """Open what a room needs, after checking its schema and policy; workers and operators see the whole house."""
    policy = load_policy(settings.policy)
    room.wants(os.environ)
    database = await Database.open(room.name, settings.database, room.folder, scope=scope)
    try:
        await check_schema(database.pool, room.folder)
        yield Surroundings(room.name, settings, database, clock_of(os.environ), policy, os.environ)
    finally:
        await database.close()


async def _api(room: Room, settings: Settings, _: Sequence[str]) -> None:
    verifier = Verifier(issuer=settings.issuer, jwks=settings.jwks, audience=settings.audience)
    async with surroundings(room, settings, NOBODY) as around:
        around.database.doorbell.start()
        app = create_app(
            room=room.name,
            router=room.router(around),
            database=around.database,
            verifier=verifier,
            rights=room.rights,
            tree=around.policy.units,
            clock=around.clock,
            secret=settings.secret,
            limits=settings.limits,
            sessions=sessions_of(os.environ),
            entrance=room.entrance(around),
        )
        await serve(app, settings.api, settings.gateway, app.state.reception.stopping)


async def _worker(room: Room, settings: Settings, _: Sequence[str]) -> None:
    async with surroundings(room, settings) as around:
        around.database.doorbell.start()
        await work(room, around)


async def _migrate(room: Room, settings: Settings, _: Sequence[str]) -> None:
    if not settings.owner_database:
        raise SettingMissing(f"SPIS_{room.name.upper()}_OWNER_DB is not set: give it the URL of the owner role")
    applied = await migrate(settings.owner_database, settings.database, room.folder)
    if room.migrate_more:
        applied += await room.migrate_more(os.environ)
    sys.stdout.write(f"{room.name}: {len(applied)} schema files applied\n")


async def _operate(room: Room, settings: Settings, arguments: Sequence[str]) -> None:
    async with surroundings(room, settings) as around:
        await operations.run(sys.argv[1], room, around, arguments)


COMMANDS: dict[str, Command] = {
    "api": _api,
    "worker": _worker,
    "migrate": _migrate,
    **dict.fromkeys(operations.NAMES, _operate),
}
