"""How the vault is reached: where the agency key and the database of keys are, and what prepares and tends them."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from intake.vault.agency import KeyRing
from intake.vault.keys import FOLDER, Keys
from intake.vault.vault import Vault
from services.contracts.faults import SettingMissing
from services.runtime.room import Surroundings
from services.runtime.settings import url_in, wanted
from services.storage.migrate import migrate

AGENCY_KEY = "the file of the keys that wrap every person's key, of mode 0600, one a line, the current one first"


def open_vault(environment: Mapping[str, str]) -> Vault:
    """The vault of this process; the agency key must be there at once, the database of keys when it is needed."""
    ring = KeyRing(Path(wanted(environment, "SPIS_AGENCY_KEY", AGENCY_KEY)))
    return Vault(Keys(url_in(environment, "SPIS_KEYS_DB"), ring))


async def migrate_keys(environment: Mapping[str, str]) -> Sequence[str]:
    """Bring the database of keys up to date, as the role that owns it."""
    owner = environment.get("SPIS_KEYS_OWNER_DB")
    if not owner:
        raise SettingMissing("SPIS_KEYS_OWNER_DB is not set: give it the URL of the owner role")
    return await migrate(owner, url_in(environment, "SPIS_KEYS_DB"), FOLDER, chassis=False)


async def rewrap(around: Surroundings) -> dict[str, Any]:
    """What an operator does in the middle of a rotation: put every person's key under the current agency key."""
    async with aclosing(open_vault(around.environment).keys) as keys:
        return await keys.rewrap()
