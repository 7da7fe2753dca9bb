"""A stretch of network of the harness: what passes in each of its states, as values and over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from deploy.house.ports import choose, draw_port, is_free
from tests.ledger.network.network import Network, detours_of
from tests.ledger.network.passage import SLOW_SECONDS, Passage, Towards
from tests.ledger.network.proxy import Proxy
from tests.ledger.plan import NETWORK

LITTLE_SECONDS, SOON_SECONDS = 0.15, 5.0
MUCH = b"x" * 3_000_000


def test_every_fault_of_the_network_is_a_state_of_it() -> None:
    assert {passage.value for passage in Passage} == {"open", *NETWORK}


@pytest.mark.parametrize(
    ("passage", "away", "towards"),
    [
        (Passage.OPEN, True, True),
        (Passage.SLOW, True, True),
        (Passage.DEAF, True, False),
        (Passage.MUTE, False, True),
        (Passage.STALLED, False, False),
        (Passage.CUT, False, False),
    ],
)
def test_what_passes_which_way(passage: Passage, away: bool, towards: bool) -> None:
    assert passage.lets(Towards.STORE) == away
    assert passage.lets(Towards.ROOM) == towards
    assert passage.connects == (passage is not Passage.CUT)
    assert bool(passage.delay) == (passage is Passage.SLOW)


@asynccontextmanager
async def through() -> AsyncIterator[tuple[Proxy, list[bytes], asyncio.Event]]:
    """A proxy before a server that answers each piece in capitals; what that server heard, and whether all was said."""
    heard, ended = list[bytes](), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            heard.append(piece)
            writer.write(piece.upper())
            await writer.drain()
        writer.close()
        ended.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    target = server.sockets[0].getsockname()[1]
    proxy = Proxy(choose(["proxy"], {}, {}, is_free, draw_port)["proxy"], lambda: target)
    await proxy.open()
    try:
        yield proxy, heard, ended
    finally:
        await proxy.become(Passage.CUT)
        server.close()


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def heard_of(reader: asyncio.StreamReader, number: int) -> bytes:
    async with asyncio.timeout(SOON_SECONDS):
        return await reader.readexactly(number)


async def test_an_open_passage_passes_everything_in_order_and_the_end_too() -> None:
    async with through() as (proxy, _, ended):
        async with connected(proxy) as (reader, writer):
            writer.write(MUCH)
            assert await heard_of(reader, len(MUCH)) == MUCH.upper()
        async with asyncio.timeout(SOON_SECONDS):
            await ended.wait()


async def test_a_cut_passage_resets_what_is_there_refuses_what_comes_and_lets_it_come_again() -> None:
    async with through() as (proxy, _, _):
        async with connected(proxy) as (reader, writer):
            writer.write(b"one")
            assert await heard_of(reader, 3) == b"ONE"
            await proxy.become(Passage.CUT)
            with pytest.raises(ConnectionResetError):
                await heard_of(reader, 1)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        await proxy.become(Passage.OPEN)
        async with connected(proxy) as (reader, writer):
            writer.write(b"two")
            assert await heard_of(reader, 3) == b"TWO"


@pytest.mark.parametrize("passage", [Passage.STALLED, Passage.MUTE, Passage.DEAF])
async def test_what_may_not_pass_is_late_and_not_lost(passage: Passage) -> None:
    async with through() as (proxy, heard, _), connected(proxy) as (reader, writer):
        writer.write(b"one")
        assert await heard_of(reader, 3) == b"ONE"
        await proxy.become(passage)
        async with connected(proxy) as (late, later):
            writer.write(b"two")
            later.write(b"new")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(LITTLE_SECONDS):
                    await reader.readexactly(1)
            assert (b"two" in heard) == passage.lets(Towards.STORE)
            await proxy.become(Passage.OPEN)
            assert (await heard_of(reader, 3), await heard_of(late, 3)) == (b"TWO", b"NEW")


async def test_a_slow_passage_delays_each_piece_and_keeps_their_order() -> None:
    async with through() as (proxy, _, _), connected(proxy) as (reader, writer):
        await proxy.become(Passage.SLOW)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for piece in (b"one ", b"two ", b"three"):
            writer.write(piece)
            await asyncio.sleep(0)
        assert await heard_of(reader, 13) == b"ONE TWO THREE"
        assert loop.time() - began >= 2 * SLOW_SECONDS - 0.01


async def test_a_proxy_knows_from_which_port_a_store_sees_a_room_come() -> None:
    async with through() as (proxy, _, _), connected(proxy) as (reader, writer):
        writer.write(b"one")
        await heard_of(reader, 3)
        own = writer.get_extra_info("sockname")[1]
        (link,) = proxy.links
        assert proxy.seen_as(own) == link.far.ports[0] != own
        assert proxy.seen_as(own + 1) is None


async def test_a_carrier_carries_between_rooms_and_stores_and_changes_a_line_when_told() -> None:
    async with through() as (proxy, _, _):
        told = {"ports": {"postgres": proxy.port, "kafka-for-intake": proxy.port}}
        detours = detours_of(("intake",), ("postgres", "kafka"))
        with Network.carrying(detours) as network:
            network.learn(told)
            for store in ("postgres", "kafka"):
                reader, writer = await asyncio.open_connection("127.0.0.1", detours["intake"][store])
                writer.write(b"one")
                assert await heard_of(reader, 3) == b"ONE"
                assert len(network.seen_as([writer.get_extra_info("sockname")[1]])) == 1
                network.become(f"intake-{store}", Passage.CUT)
                with pytest.raises(ConnectionResetError):
                    await heard_of(reader, 1)
                writer.close()
