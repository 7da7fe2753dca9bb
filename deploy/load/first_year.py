"""What a new house begins with, loaded while it opens and before people are let in.

Run as `python -m deploy.load.first_year FOLDER`. A house has one such year at most; one that holds half of it says so.
"""

import asyncio
import sys
from pathlib import Path

from deploy.house import files
from deploy.house.layout import Folder
from deploy.house.supervisor import read_plan
from deploy.house.trouble import Trouble

SEED = 2022
BEGUN, WHOLE = "begun", "whole"


def main(folder: Folder) -> int:
    """Load the year that the plan asks for, where the house has none yet; its rooms are left held down."""
    state = files.read_json(folder.first_year).get("state")
    if state == BEGUN:
        say("This house holds half a year. Remove it with ./spis reset, and begin again.")
        return 1
    if state != WHOLE:
        files.write_json(folder.first_year, {"state": BEGUN})
        files.write_json(folder.first_year, {"state": WHOLE, **_load(folder)})
    return 0


def _load(folder: Folder) -> dict[str, object]:
    from deploy.house.house import House
    from deploy.load.loading import load

    plan = read_plan(folder)
    return asyncio.run(load(House(folder, plan, folder.root.parent), plan.cases, SEED, say, goes_on=False)).told()


def say(line: str) -> None:
    """One line for the log."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    try:
        sys.exit(main(Folder(Path(sys.argv[1]))))
    except Trouble as trouble:
        sys.exit(f"{trouble.detail} {trouble.remedy}")
