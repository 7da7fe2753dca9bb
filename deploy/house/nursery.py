"""Where the Python processes of a house begin: what they all read is read once, and each is born from that by a fork.

Run as `python -m deploy.house.nursery SOCKET` by the supervisor; it carries out nothing of a room itself. A message
asks for one process, with its log beside it; the answer is the number of the process, and another tells how it ended.
"""

import contextlib
import ctypes
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from deploy.house.launch import discreet

MESSAGE_BYTES_MAX = 128 * 1024
NAME_CHARACTERS_MAX = 15
PR_SET_NAME = 15


@dataclass(frozen=True, slots=True)
class Birth:
    """A process to begin: a module with its words, and where and how it lives."""

    module: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    name: str
    orphan_signal: int

    def written(self) -> bytes:
        """As a message."""
        return json.dumps(asdict(self)).encode()


def main(number: int) -> None:
    """Bear processes until nobody asks any more; whoever was born comes back from here and becomes its module."""
    _read_all()
    line = socket.socket(fileno=number)
    ended, waker = socket.socketpair()
    for each in (ended, waker):
        each.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    while True:
        ready, _, _ = select.select([line, ended], [], [])
        if ended in ready:
            ended.recv(MESSAGE_BYTES_MAX)
            _tell_ended(line)
        if line not in ready:
            continue
        message, handed, _, _ = socket.recv_fds(line, MESSAGE_BYTES_MAX, 1)
        if not message:
            return
        birth, parent = Birth(**json.loads(message)), os.getpid()
        if (pid := os.fork()) == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in (line, ended, waker):
                each.close()
            _settle(birth, handed[0], parent)
            _become(birth)
            return
        os.close(handed[0])
        line.send(json.dumps({"began": pid}).encode())


def _read_all() -> None:
    import services.http.app
    import services.pages.page
    import services.runtime.run  # noqa: F401 - read here, so that nobody born here has to read it again

    # What was read is never looked through again, so that those born here go on sharing it.
    gc.collect()
    gc.freeze()


def _tell_ended(line: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while (waited := os.waitpid(-1, os.WNOHANG))[0]:
            line.send(json.dumps({"ended": waited[0], "code": os.waitstatus_to_exitcode(waited[1])}).encode())


def _settle(birth: Birth, log: int, parent: int) -> None:
    """Stand alone: a session, a log, a folder and an environment of its own, and no longer life than its parent."""
    os.setsid()
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    discreet(signal.Signals(birth.orphan_signal))()
    ctypes.CDLL(None).prctl(PR_SET_NAME, birth.name[:NAME_CHARACTERS_MAX].encode(), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(-birth.orphan_signal & 0xFF)
    os.chdir(birth.folder)
    os.environ.clear()
    os.environ.update(birth.environment)


def _become(birth: Birth) -> None:
    sys.argv = [birth.module, *birth.words]
    runpy.run_module(birth.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
