"""What a backup is: one file for each database, and a manifest that is written last and names them all.

It reads and checks what is in a folder; it makes no copy and changes no database.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.house.files import write_json
from deploy.house.trouble import Trouble

FORMAT = 1
FILE = "manifest.json"
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Copy:
    """One database as it was at one moment; `schema` says which files of SQL had made it, and what they were."""

    database: str
    file: str
    bytes: int
    sha256: str
    schema: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything one backup holds."""

    made_at: str
    server: str
    copies: tuple[Copy, ...]

    def copy_of(self, database: str) -> Copy:
        """The copy of one database."""
        for copy in self.copies:
            if copy.database == database:
                return copy
        held = ", ".join(copy.database for copy in self.copies)
        raise Trouble(f"This backup holds no {database}.", f"It holds {held}.")


def write(folder: Path, manifest: Manifest) -> None:
    """Say that a backup is whole."""
    write_json(folder / FILE, {"format": FORMAT, **asdict(manifest)}, mode=0o600)


def read(folder: Path) -> Manifest:
    """The manifest of a folder; refuses one that holds no whole backup."""
    if not folder.is_dir():
        raise Trouble(f"There is no folder {folder}.", "Name a folder that ./spis backup made.")
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise Trouble(f"{folder} was written by another version of SPIS.", "Restore it with that version.")
        copies = tuple(Copy(**copy) for copy in content["copies"])
        return Manifest(content["made_at"], content["server"], copies)
    except FileNotFoundError:
        raise Trouble(f"{folder} holds no backup, or one that was never finished.", "Name another folder.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(f"The manifest of {folder} cannot be read ({type(error).__name__}).", "Use another.") from None


def sha256_of(path: Path) -> str:
    """The fingerprint of a file, read in pieces."""
    counted = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            counted.update(block)
    return counted.hexdigest()


def check_whole(folder: Path, copy: Copy) -> Path:
    """The file of a copy; refuses one that is not what was written."""
    path = folder / copy.file
    try:
        found = sha256_of(path)
    except OSError as error:
        raise Trouble(f"{path} cannot be read ({error.strerror}).", "Use another backup.") from None
    if found != copy.sha256:
        raise Trouble(f"{path} is damaged: it has another sha256 than the manifest says.", "Use another backup.")
    return path


def check_known(copy: Copy, present: Mapping[str, str]) -> None:
    """Refuse a copy whose schema this installation does not know yet, or knows otherwise."""
    unknown = sorted(name for name, checksum in copy.schema.items() if present.get(name) != checksum)
    if unknown:
        raise Trouble(
            f"The backup of {copy.database} has a newer or another schema than this house: {', '.join(unknown)}.",
            "Bring this installation to the version that made the backup, then ./spis up and restore again.",
        )
