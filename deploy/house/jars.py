"""The broker's jars: fetched once by their pinned coordinates, checked against their sha256 at every start."""

import csv
import fcntl
import hashlib
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.house.layout import Cache
from deploy.house.trouble import Trouble

LOCK = Path(__file__).with_name("kafka.lock.csv")
THREADS = 8
TRIES_MAX = 3


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned jar."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def pinned() -> tuple[Jar, ...]:
    """Every jar the broker runs on."""
    with LOCK.open(encoding="utf-8", newline="") as handle:
        return tuple(Jar(**row) for row in csv.DictReader(handle))


def is_whole(path: Path, jar: Jar) -> bool:
    """Whether the file is there and is the one that was pinned."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


@contextmanager
def locked(cache: Cache) -> Iterator[None]:
    """Hold the cache alone, so that two houses starting at once do not write the same file."""
    cache.root.mkdir(parents=True, exist_ok=True)
    with cache.lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def fetch_jars(cache: Cache, say: Callable[[str], None]) -> tuple[Path, ...]:
    """The paths of all jars, fetching what is missing or damaged; `say` is told how far it is."""
    jars = pinned()
    with locked(cache):
        cache.jars.mkdir(parents=True, exist_ok=True)
        missing = [jar for jar in jars if not is_whole(cache.jars / jar.file_name, jar)]
        if missing:
            _fetch(missing, cache, say)
    return tuple(cache.jars / jar.file_name for jar in jars)


def _fetch(missing: list[Jar], cache: Cache, say: Callable[[str], None]) -> None:
    done = 0
    with ThreadPoolExecutor(THREADS) as pool, warnings.catch_warnings():
        # The client speaks up about folders of a desktop session, which it does not need.
        warnings.simplefilter("ignore")
        for _ in pool.map(lambda jar: _fetch_one(jar, cache), missing):
            done += 1
            say(f"{done} of {len(missing)} jars fetched")


def _fetch_one(jar: Jar, cache: Cache) -> None:
    from jgo.maven import MavenContext

    # Each jar by its own coordinates: resolving what it needs in turn would bring other versions beside the pinned.
    context = MavenContext(repo_cache=cache.jars / "fetched", timeout=60)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    failure = "nothing was received"
    for _ in range(TRIES_MAX):
        try:
            path = artifact.resolve()
        except Exception as error:  # the client has no error class of its own; whatever it is, the next try may do
            failure = f"{type(error).__name__}: {error}"
            continue
        if is_whole(path, jar):
            path.replace(cache.jars / jar.file_name)
            return
        path.unlink(missing_ok=True)
        failure = "what was received has another sha256 than the pinned one"
    raise Trouble(
        f"The jar {jar.group}:{jar.artifact}:{jar.version} could not be fetched ({failure}).",
        "Check that this machine reaches the Maven repository it is set up for, then start again.",
    )
