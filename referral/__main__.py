"""Starts the room: `python -m referral api | worker | migrate | …`, or `clients`, which lists who holds a secret."""

import json
import os
import sys
from pathlib import Path

from referral.accounts import load_accounts
from referral.directory_files import load_directory
from referral.room import ROOM
from services.contracts.faults import PolicyError
from services.contracts.policy import load_policy
from services.runtime.run import main
from services.runtime.settings import POLICY


def clients(folder: Path) -> list[str]:
    """The accounts of institutions' own systems, which sign in with a secret."""
    policy = load_policy(folder)
    accounts = load_accounts(folder, load_directory(folder, policy), policy.units) or ()
    return [account.account for account in accounts if account.client]


if __name__ == "__main__":
    if sys.argv[1:] == ["clients"]:
        try:
            sys.stdout.write(json.dumps(clients(Path(os.environ.get("SPIS_POLICY") or POLICY))) + "\n")
        except PolicyError as error:
            sys.exit(f"referral clients: {error}")
    else:
        main(ROOM)
