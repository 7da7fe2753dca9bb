"""How a running house is spoken to: one JSON line asked, one answered, over a socket in its own folder."""

import asyncio
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from deploy.house.layout import SOCKET_PATH_BYTES_MAX
from deploy.house.trouble import Trouble

LINE_BYTES_MAX = 1024 * 1024
ANSWER_SECONDS_MAX = 90.0

Answer = Callable[[Mapping[str, str]], Awaitable[Mapping[str, object]]]


def socket_path(wanted: Path) -> Path:
    """The wanted path, or a short one in a private folder where systems could not bind the wanted one."""
    if len(os.fsencode(wanted)) <= SOCKET_PATH_BYTES_MAX:
        wanted.unlink(missing_ok=True)
        return wanted
    return Path(tempfile.mkdtemp(prefix="spis-control-")) / wanted.name


def remove_socket(path: Path, wanted: Path) -> None:
    """Remove the socket, and its private folder where it had one."""
    path.unlink(missing_ok=True)
    if path != wanted:
        shutil.rmtree(path.parent, ignore_errors=True)


async def listen(path: Path, answer: Answer) -> asyncio.Server:
    """Answer every question that arrives until the server is closed."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            try:
                said = await answer(json.loads(line))
            except (KeyError, ValueError, OSError) as error:
                said = {"refused": f"{type(error).__name__}: {error}"}
            writer.write(json.dumps(said).encode() + b"\n")
            await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_unix_server(converse, path=path, limit=LINE_BYTES_MAX)
    path.chmod(0o600)
    return server


def ask(path: Path, question: Mapping[str, str], seconds_max: float = ANSWER_SECONDS_MAX) -> dict[str, object]:
    """Ask a running house one thing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(seconds_max)
        try:
            link.connect(str(path))
            link.sendall(json.dumps(question).encode() + b"\n")
            with link.makefile("rb") as answers:
                line = answers.readline(LINE_BYTES_MAX)
        except OSError as error:
            raise Trouble(
                f"The house does not answer on {path} ({error}).", "Run ./spis doctor to see what is left of it."
            ) from error
    answer = json.loads(line) if line else {"refused": "the house ended before it answered"}
    if not isinstance(answer, dict) or "refused" in answer:
        raise Trouble(f"The house refused: {answer}.", "Run ./spis status to see its processes.")
    return answer
