"""One process kept alive: started, restarted with growing waits, held down or frozen when asked. It decides nothing
about other processes.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from deploy.house.births import Births, Process
from deploy.house.processes import Kept

WAIT_FIRST_SECONDS = 0.2
WAIT_MAX_SECONDS = 5.0
ALIVE_LONG_SECONDS = 30.0


def next_wait(previous: float, alive: float) -> float:
    """How long to wait before starting a process again that ended after `alive` seconds."""
    if previous == 0.0 or alive >= ALIVE_LONG_SECONDS:
        return WAIT_FIRST_SECONDS
    return min(previous * 2, WAIT_MAX_SECONDS)


class Child:
    """A process of the house, whichever of its lives it is in."""

    def __init__(self, kept: Kept, log: Path, births: Births, changed: Callable[[], None]) -> None:
        self.kept = kept
        self.state = "waiting"
        self.exits = 0
        self.waits: list[float] = []
        self.started_at = 0.0
        self.process: Process | None = None
        self._log = log
        self._births = births
        self._changed = changed
        self._allowed = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the living process."""
        return self.process.pid if self.process is not None and self.process.returncode is None else None

    def _become(self, state: str) -> None:
        self.state = state
        self._changed()

    async def start(self) -> None:
        """Start the process and keep it alive from now on; nothing where that is so already."""
        self._allowed.set()
        if self._keeping is None or self._keeping.done():
            started = asyncio.Event()
            self._keeping = asyncio.create_task(self._keep(started), name=f"keep {self.kept.name}")
            await started.wait()

    async def _keep(self, started: asyncio.Event) -> None:
        wait = 0.0
        while self._allowed.is_set():
            since = time.monotonic()
            try:
                await self._live(started)
            except OSError as error:
                self._say(f"could not be started: {error}")
            started.set()
            self.exits += 1
            if not self._allowed.is_set():
                break
            wait = next_wait(wait, time.monotonic() - since)
            self.waits.append(wait)
            self._become("restarting")
            await asyncio.sleep(wait)
        self._become("stopped")

    async def _live(self, started: asyncio.Event) -> None:
        kept = self.kept
        self.process = await self._births.launch(
            kept.command, kept.environment, kept.folder, self._log, kept.runner, kept.orphan_signal
        )
        self.started_at = time.time()
        self._become("running")
        started.set()
        code = await self.process.wait()
        if self._allowed.is_set():
            self._say(f"ended with {code}")

    def _say(self, text: str) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"-- supervisor: {self.kept.name} {text}\n")

    async def stop(self, *, at_once: bool = False) -> None:
        """End the process and hold it down: gently within its own limit, or at once."""
        self._allowed.clear()
        if self._keeping is None:
            self._become("stopped")
            return
        self.send(self.kept.orphan_signal if at_once else self.kept.stop_signal)
        if self.state == "frozen":
            self._signal_family(signal.SIGCONT)
        if not await self._gone(self.kept.stop_seconds):
            self.send(signal.SIGKILL)
            await self._gone(self.kept.stop_seconds)
        self._keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._keeping
        self._become("stopped")

    async def _gone(self, seconds_max: float) -> bool:
        """Whether the process ended within the limit; one that is between two lives counts as gone."""
        if self.process is None or self.pid is None:
            return True
        try:
            async with asyncio.timeout(seconds_max):
                await self.process.wait()
        except TimeoutError:
            return False
        return True

    def send(self, number: signal.Signals) -> int | None:
        """Send a signal to the living process; its number, or nothing where none lives."""
        pid = self.pid
        if pid is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        return pid

    async def kill(self) -> int | None:
        """Kill the process (-9) and wait until it is dead; being kept, it is started again."""
        process = self.process
        # What is frozen cannot notice that its parent died: then its whole family goes.
        pid = self._signal_family(signal.SIGKILL) if self.state == "frozen" else self.send(signal.SIGKILL)
        if process is not None and pid is not None:
            await process.wait()
        return pid

    def freeze(self) -> int | None:
        """Stop the process and its own children in their tracks, as a machine that hangs does."""
        pid = self._signal_family(signal.SIGSTOP)
        if pid is not None:
            self._become("frozen")
        return pid

    def thaw(self) -> int | None:
        """Let a frozen process go on."""
        pid = self._signal_family(signal.SIGCONT)
        if pid is not None:
            self._become("running")
        return pid

    def _signal_family(self, number: signal.Signals) -> int | None:
        import psutil

        if self.pid is None:
            return None
        try:
            relatives = psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:  # it has ended, and the news of that is still on its way
            return None
        pid = self.send(number)
        for relative in relatives:
            with contextlib.suppress(psutil.Error):
                relative.send_signal(number)
        return pid
