"""The vault: every name, number, address, contact and narrative, each sealed with the key of one person.

Each opening leaves its entry in the access log within the same transaction. Nothing here logs what it holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from intake.vault.keys import KeyGone, Keys
from intake.vault.sealing import seal, unseal
from services.contracts.failures import Refused
from services.storage.work import Work

ROOM = "intake"

REFUSALS = {
    KeyGone.FORGOTTEN: Refused("person_forgotten", "This person was forgotten: send it without words about them."),
    KeyGone.KEY_LOST: Refused(
        "key_lost", "This person's key is lost: send it without words, and tell who keeps the keys."
    ),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One part to seal: with whose key, about which subject, and what it says."""

    person: str
    subject: str
    section: str
    content: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """One part as it was found: whose key sealed it, and what it says, or why nobody can say that any more."""

    person: str
    content: Mapping[str, str] | None = field(repr=False)
    gone: KeyGone | None = None


class Vault:
    """Seals and opens the sections of intake."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    async def keep_of_new(self, work: Work, sections: Sequence[Section]) -> None:
        """Draw a key for each person, and keep what it seals when the work commits.

        The keys are committed first: a work that fails leaves keys that seal nothing, never a section without a key.
        """
        keys = await self.keys.draw(dict.fromkeys(section.person for section in sections))
        for section in sections:
            _keep(work, section, keys[section.person], "keep_new_sealed")

    async def keep(self, work: Work, section: Section) -> None:
        """Seal one more section with a key there is, and keep it when the work commits."""
        match (await self.keys.of([section.person]))[section.person]:
            case KeyGone() as gone:
                raise REFUSALS[gone]
            case key:
                _keep(work, section, key)

    async def read(self, work: Work, places: Mapping[str, str]) -> dict[str, Opened]:
        """Open sections, each with its entry in the access log, and fetch their keys in one round trip.

        `places` are names of sections with their subjects; what is not there is left out. What this gives may be shown
        only after the commit, with which the entries are kept.
        """
        stamp, found = work.stamp, {}
        for section, subject in places.items():
            row = await work.fetch_row("open_sealed", subject, section, stamp.actor, stamp.correlation_id, stamp.now)
            if row is not None:
                found[section] = row
        keys = await self.keys.of({row["key_id"] for row in found.values()}) if found else {}
        return {
            section: _opened(places[section], section, row["key_id"], row["sealed"], keys[row["key_id"]])
            for section, row in found.items()
        }


def _keep(work: Work, section: Section, key: bytes, statement: str = "keep_sealed") -> None:
    place = place_of(section.person, section.subject, section.section)
    work.change(statement, section.subject, section.section, section.person, seal(key, place, section.content))


def _opened(subject: str, section: str, person: str, sealed: bytes, key: bytes | KeyGone) -> Opened:
    if isinstance(key, KeyGone):
        return Opened(person, None, key)
    return Opened(person, unseal(key, place_of(person, subject, section), sealed))


def place_of(person: str, subject: str, section: str) -> tuple[str, ...]:
    """Where alone a sealed section opens."""
    return ROOM, person, subject, section
