"""Who asks in a proof about rights: every role near and far from one town, as the directory lists the accounts."""

from deploy.house import House
from tests.journeys.looking import rows
from tests.journeys.printed_rights import Someone

HERE, NEIGHBOUR, ELSEWHERE, ABOVE = "FBIH-SBK-GVU", "FBIH-SBK-NTR", "RS-CEL", "SBK"
LISTED = "SELECT account, institution, unit, roles, desks FROM directory_accounts WHERE account = ANY ($1::text[])"

PEOPLE = (
    *(f"{role}@{unit}" for unit in (HERE, NEIGHBOUR, ELSEWHERE) for role in ("caseworker", "supervisor", "director")),
    *(f"{role}@{HERE}.{kind}" for kind in ("school", "health") for role in ("provider", "client")),
    *(f"{role}@{place}" for place in (f"{NEIGHBOUR}.school", f"{ELSEWHERE}.school") for role in ("provider", "client")),
    *(f"{role}@{ABOVE}.legal" for role in ("provider", "client")),
    *(f"{role}@{unit}" for unit in (ABOVE, "FBIH", "BIH", "HNK", "RS") for role in ("coordinator", "analyst")),
    "operator@BIH",
    "auditor@BIH",
)
"""In the town, beside it, in another entity, above it up to the top, beside those above; asked for help, or not."""


async def people_of(house: House) -> dict[str, Someone]:
    """The accounts as the directory lists them."""
    found = await rows(house, "referral", LISTED, list(PEOPLE))
    if len(found) != len(PEOPLE):
        raise LookupError(f"not listed: {sorted(set(PEOPLE) - {row['account'] for row in found})}")
    return {
        row["account"]: Someone(
            row["account"], row["institution"], row["unit"], frozenset(row["roles"]), frozenset(row["desks"])
        )
        for row in found
    }
