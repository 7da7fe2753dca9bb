"""The file of the domain clock: how far the house's time is from the wall's. It never changes real time."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.house.files import write_json


def set_clock(path: Path, domain: datetime, real: datetime, rate: float = 1.0) -> None:
    """Say that the domain's time is `domain` at the real moment `real`, running at `rate` from then on."""
    write_json(
        path,
        {"real": real.astimezone(UTC).isoformat(), "domain": domain.astimezone(UTC).isoformat(), "rate": rate},
    )


def read_clock(path: Path, real: datetime) -> datetime:
    """The domain's time at the real moment `real`."""
    if not path.exists():
        return real
    content = json.loads(path.read_text(encoding="utf-8"))
    since = datetime.fromisoformat(content["real"])
    return datetime.fromisoformat(content["domain"]) + (real - since) * float(content["rate"])


def advance_clock(path: Path, step: timedelta, real: datetime) -> datetime:
    """Move the domain's time on by `step`, keeping its rate; the new domain time."""
    domain = read_clock(path, real) + step
    rate = float(json.loads(path.read_text(encoding="utf-8"))["rate"]) if path.exists() else 1.0
    set_clock(path, domain, real, rate)
    return domain


def rejoin(own: Path, common: Path) -> None:
    """Let a process's own clock show the common time (again); `advance_clock` on its file takes it out."""
    draft = own.with_suffix(".draft")
    draft.symlink_to(common.name)
    os.replace(draft, own)
