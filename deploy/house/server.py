"""The running database server, spoken to by its own programs as its superuser. It decides nothing."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from deploy.house.trouble import Trouble

QUESTION_SECONDS_MAX = 60.0
ERROR_CHARACTERS_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Server:
    """The programs of a server, and what they are told to be let in."""

    programs: Path
    environment: Mapping[str, str]

    def run(self, program: str, *words: str, seconds_max: float, out: IO[bytes] | None = None) -> bytes:
        """Run one program to its end; what it wrote, unless that went to `out`."""
        try:
            done = subprocess.run(
                [str(self.programs / program), *words],
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out or subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=seconds_max,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Trouble(
                f"{program} did not end within {seconds_max:.0f} s.", "Look at the log of postgres."
            ) from None
        if done.returncode != 0:
            why = done.stderr.decode(errors="replace").strip()[-ERROR_CHARACTERS_SHOWN:]
            raise Trouble(f"{program} failed: {why}", "Run ./spis status, and look at the log of postgres.")
        return done.stdout or b""

    def does(self, database: str, *statements: str) -> None:
        """Carry out statements, each by itself, stopping at the first that fails."""
        commands = [word for statement in statements for word in ("-c", statement)]
        self._psql(database, *commands)

    def asked(self, database: str, question: str) -> Any:
        """The one value, written as JSON, that a database answers."""
        return json.loads(self._psql(database, "-c", question))

    def _psql(self, database: str, *words: str) -> bytes:
        line = ("-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, *words)
        return self.run("psql", *line, seconds_max=QUESTION_SECONDS_MAX)
