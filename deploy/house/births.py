"""The supervisor's side of the nursery: asks for Python processes and is told how each ended.

Without a nursery, or where it has died, every process is started as a program of its own; nothing else differs.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from deploy.house.launch import discreet, launch, trim_log
from deploy.house.nursery import MESSAGE_BYTES_MAX, Birth
from deploy.house.postgres import Runner

CLOSE_SECONDS_MAX = 5.0


class Process(Protocol):
    """What is known of a process that was started."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def returncode(self) -> int | None:
        """How it ended, if it did; a signal is a number below zero."""

    async def wait(self) -> int:
        """Wait until it has ended."""

    def kill(self) -> None:
        """End it at once."""


class Born:
    """A process that the nursery began."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()

    def end(self, code: int) -> None:
        """It has ended so."""
        self.returncode = code
        self._ended.set()

    async def wait(self) -> int:
        """Wait until it has ended."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def kill(self) -> None:
        """End it at once."""
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)


class Births:
    """Starts the processes of a house, the Python ones by its nursery."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self._line: socket.socket | None = None
        self._nursery: asyncio.subprocess.Process | None = None
        self._asked: deque[asyncio.Future[Born]] = deque()
        self._living: dict[int, Born] = {}

    async def open(self, environment: Mapping[str, str], folder: Path, log: Path) -> None:
        """Begin the nursery; who is asked for before it has read everything waits."""
        if sys.platform != "linux":
            return  # elsewhere a fork may hang in libraries of the system
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with log.open("ab") as output, its:
            self._nursery = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "deploy.house.nursery", str(its.fileno())),
                env=dict(environment),
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(its.fileno(),),
                start_new_session=True,
                preexec_fn=discreet(signal.SIGKILL),
            )
        self.pid, self._line = self._nursery.pid, ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._hear)

    async def close(self) -> None:
        """Let the nursery go, after everybody who was born there."""
        self._part()
        if self._nursery is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self._nursery.wait()
        except TimeoutError:
            self._nursery.kill()

    async def launch(
        self,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        runner: Runner | None = None,
        orphan_signal: signal.Signals = signal.SIGKILL,
    ) -> Process:
        """Start a program as its own session, both its outputs appended to its log."""
        match command:
            case (sys.executable, "-m", module, *words) if self._line is not None:
                birth = Birth(module, tuple(words), environment, str(folder), log.stem, int(orphan_signal))
                with contextlib.suppress(ChildProcessError):
                    return await self._bear(self._line, birth, log)
        return await launch(command, environment, folder, log, runner, orphan_signal)

    async def _bear(self, line: socket.socket, birth: Birth, log: Path) -> Born:
        trim_log(log)
        waiting: asyncio.Future[Born] = asyncio.get_running_loop().create_future()
        with log.open("ab") as output:
            socket.send_fds(line, [birth.written()], [output.fileno()])
        self._asked.append(waiting)
        return await waiting

    def _hear(self) -> None:
        assert self._line is not None
        try:
            message = self._line.recv(MESSAGE_BYTES_MAX)
        except BlockingIOError:
            return
        except ConnectionResetError:
            message = b""
        match json.loads(message or b"null"):
            case {"began": pid}:
                self._living[pid] = Born(pid)
                self._asked.popleft().set_result(self._living[pid])
            case {"ended": pid, "code": code}:
                self._living.pop(pid).end(code)
            case _:
                self._part()

    def _part(self) -> None:
        """The nursery is gone, or let go; whoever is still alive of those who were born there goes with it."""
        if self._line is None:
            return
        asyncio.get_running_loop().remove_reader(self._line.fileno())
        self._line.close()
        self._line = None
        for born in self._living.values():
            with contextlib.suppress(ProcessLookupError):
                born.kill()
            born.end(-signal.SIGKILL)
        self._living.clear()
        for waiting in self._asked:
            waiting.set_exception(ChildProcessError("the nursery has ended"))
        self._asked.clear()
