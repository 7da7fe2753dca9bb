"""What Java learnt of the broker's classes, kept beside its jars: with it a broker starts with half the work.

It is made once for each set of jars and each Java, by a broker that serves nobody. Without it everything works, only
later; it holds no record of any house.
"""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.house import health, kafka, ports
from deploy.house.jars import locked
from deploy.house.layout import Cache, Folder, Plan
from deploy.house.processes import Broker

READY_SECONDS_MAX = 60.0
WRITTEN_SECONDS_MAX = 90.0
LOOK_SECONDS = 0.2
ALONE = Plan(lasting=False, rooms=())


def learn(cache: Cache, jars: Sequence[Path], say: Callable[[str], None]) -> None:
    """Make it where it is missing; whoever finds it being made waits for it, and a failure is no trouble."""
    with locked(cache):
        archive = kafka.archive_of(jars)
        if archive.exists():
            return
        say("learning to start quickly, once")
        draft = archive.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(prefix="learning-", dir=cache.root) as folder:
            _serve_nobody(Folder(Path(folder)), jars, draft)
        if draft.exists():
            draft.rename(archive)


def _serve_nobody(folder: Folder, jars: Sequence[Path], draft: Path) -> None:
    """Run a broker until it is ready, and let it write down at its end what it learnt."""
    chosen = ports.choose(ALONE.listeners, {}, {}, ports.is_free, ports.draw_port)
    kafka.prepare(folder, ALONE, chosen, "kafka", jars)
    java, *options = kafka.serve_command(folder, ALONE, "kafka", jars)
    broker = subprocess.Popen(
        [java, f"-XX:AOTCacheOutput={draft}", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        asyncio.run(_ready(Broker(f"127.0.0.1:{chosen['kafka']}"), broker))
        broker.terminate()
        broker.wait(WRITTEN_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        draft.unlink(missing_ok=True)
    finally:
        broker.kill()
        broker.wait()


async def _ready(address: Broker, broker: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < until:
        if broker.poll() is not None or await health.ask(address) is None:
            return
        await asyncio.sleep(LOOK_SECONDS)
