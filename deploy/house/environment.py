"""What each process of a house is told by its environment. It reads no environment itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.house import kafka
from deploy.house.layout import Folder, Plan

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")
CLIENT, CLIENT_SECRET, SESSION_KEY = "pages", "client-secret", "session-key"


@dataclass(frozen=True, slots=True)
class Household:
    """A plan with everything that was chosen for it: folder, ports and the addresses of the databases."""

    folder: Folder
    plan: Plan
    ports: Mapping[str, int]
    databases: Mapping[str, str]
    outer: Mapping[str, str]

    @property
    def origin(self) -> str:
        """The one origin that people and integrators use."""
        return f"http://127.0.0.1:{self.ports['gateway']}"

    def listens(self, name: str) -> str:
        """The host and port of a process."""
        return f"127.0.0.1:{self.ports[name]}"

    def reached_from(self, room: str) -> Mapping[str, int]:
        """The ports by which a room reaches the others: by its detours where it has some."""
        return {**self.ports, **self.plan.detours.get(room, {})}

    def database_from(self, room: str, name: str) -> str:
        """The address of a database as a room is told it."""
        url = urlsplit(self.databases[name])
        place = f"{url.netloc.rpartition(':')[0]}:{self.reached_from(room)['postgres']}"
        return url._replace(netloc=place).geturl()


def environment_shared(house: Household) -> dict[str, str]:
    """What every Python process of the house is told."""
    told = {name: house.outer[name] for name in KEPT if name in house.outer}
    told |= {
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": house.plan.code,
        "SPIS_HOUSE": "embedded",
        "SPIS_KAFKA": kafka.bootstrap(house.plan, house.ports),
        "SPIS_KAFKA_SECURITY": "PLAINTEXT",
        "SPIS_KAFKA_REPLICATION": str(house.plan.brokers),
        "SPIS_POLICY": house.plan.policy,
        "SPIS_LOG": "json",
    }
    if house.plan.clock:
        told["SPIS_CLOCK"] = str(house.folder.clock)
    if house.plan.rooms:
        told |= {
            "SPIS_ISSUER": f"{house.origin}/id",
            "SPIS_JWKS": f"http://{house.listens('issuer')}/id/jwks.json",
            "SPIS_AUDIENCE": "spis",
            "SPIS_ORIGIN": house.origin,
        }
    return told | dict(house.plan.settings)


def environment_of_room(house: Household, room: str) -> dict[str, str]:
    """What the processes of one room are told: its own database as the role that runs, and its own secrets."""
    prefix = f"SPIS_{room.upper()}"
    told = environment_shared(house) | {
        "SPIS_KAFKA": kafka.bootstrap(house.plan, house.reached_from(room)),
        f"{prefix}_DB": house.database_from(room, room),
        f"{prefix}_API": house.listens(f"{room}-api"),
        f"{prefix}_WORKER": house.listens(f"{room}-worker"),
        "SPIS_SECRET": str(house.folder.secret(f"{room}-secret")),
        "SPIS_SESSION_KEY": str(house.folder.secret(SESSION_KEY)),
    }
    if room == "referral":
        told |= _client(house)
    if room == "intake":
        told["SPIS_AGENCY_KEY"] = str(house.folder.secret("agency-key"))
        told["SPIS_KEYS_DB"] = house.database_from(room, "keys")
    return told


def environment_of_half(house: Household, room: str, half: str) -> dict[str, str]:
    """What one process of a room is told: whatever works beside the worker has pages of its own, as the worker has."""
    told, name = environment_of_room(house, room), f"{room}-{half}"
    if name in house.plan.clocks:
        told["SPIS_CLOCK"] = str(house.folder.clock_of(name))
    return told if half == "api" else told | {f"SPIS_{room.upper()}_WORKER": house.listens(name)}


def environment_of_migration(house: Household, room: str) -> dict[str, str]:
    """What a room's migration is told: the owner's address too, which no other process ever gets."""
    told = environment_of_room(house, room) | {f"SPIS_{room.upper()}_OWNER_DB": house.databases[f"{room}_owner"]}
    if room == "intake":
        told["SPIS_KEYS_OWNER_DB"] = house.databases["keys_owner"]
    return told


def environment_of_issuer(house: Household) -> dict[str, str]:
    """What the development issuer is told."""
    return environment_shared(house) | {
        "SPIS_ISSUER_LISTEN": house.listens("issuer"),
        "SPIS_ISSUER_STATE": str(house.folder.issuer),
        **_client(house),
    }


def _client(house: Household) -> dict[str, str]:
    """What the house is called at its issuer, where people sign in to it."""
    return {"SPIS_CLIENT_ID": CLIENT, "SPIS_CLIENT_SECRET": str(house.folder.secret(CLIENT_SECRET))}


def environment_of_gateway(house: Household) -> dict[str, str]:
    """What the gateway is told: where each room answers."""
    told = {name: house.outer[name] for name in KEPT if name in house.outer}
    told |= {
        # The gateway keeps nothing, but looks for a home to keep it in.
        "XDG_DATA_HOME": str(house.folder.gateway),
        "XDG_CONFIG_HOME": str(house.folder.gateway),
        "SPIS_GATEWAY_BIND": "127.0.0.1",
        "SPIS_GATEWAY_PORT": str(house.ports["gateway"]),
        "SPIS_ASSETS": str(Path(house.plan.code) / "services" / "pages" / "assets"),
        "SPIS_ISSUER_LISTEN": house.listens("issuer"),
    }
    return told | {f"SPIS_{room.upper()}_API": house.listens(f"{room}-api") for room in house.plan.rooms}


def environment_of_programs(house: Household) -> dict[str, str]:
    """What the broker and the database server are told: nothing of the house."""
    return {"PATH": house.outer.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def secrets_needed(plan: Plan) -> tuple[str, ...]:
    """The names of the secret files that the rooms of a plan read."""
    agency = ("agency-key",) if "intake" in plan.rooms else ()
    return (*agency, SESSION_KEY, CLIENT_SECRET, *(f"{room}-secret" for room in plan.rooms))


def working_folder(plan: Plan) -> Path:
    """The folder that the rooms' modules are found from."""
    return Path(plan.code)
