"""The commands of `./spis`, a sentence each, in the order in which a newcomer meets them. Read before anything is
installed, so it needs nothing but Python.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A command as it is listed."""

    name: str
    sentence: str
    needs_tools: bool = False


WORDS = (
    Word("demo", "Open a house with a synthetic world in which something happens every few seconds (--minutes N)."),
    Word("story", "Play one child's journey in a temporary house of its own, told step by step (--unit CODE)."),
    Word("up", "Open the lasting house; ends with its addresses, users and the memory it takes."),
    Word("down", "Close the lasting house and keep its data."),
    Word("status", "Say how each process of the lasting house is, and what waits (--watch, --json)."),
    Word("trace", "Print one case's path through the house, with the milliseconds of each hop (REF, --json)."),
    Word("logs", "Show what the processes wrote (NAME, -f to follow)."),
    Word("reset", "Remove the lasting house and its data (asks first; --yes)."),
    Word("doctor", "Look for what stops a house, repair what is safe, name the next step (--json)."),
    Word("token", "Print a five-minute token (ROLE --unit CODE)."),
    Word("test", "Run the checks and the tests (PATHS and options of pytest).", needs_tools=True),
    Word("ledger", "Send reports while parts are killed, and count what was lost (--reports --faults --seed).", True),
    Word("prove", "Run one of the long checks whole (NAME; without one, lists them).", True),
    Word("bench", "Measure how fast the house is, beside a floor (NAME; without one, lists them).", True),
    Word("load", "Fill the lasting house with a year of invented cases (--cases N --seed S, --json)."),
    Word("import", "Take the reports of a table in, each once (FILE.csv --unit CODE, --dry-run --skip-bad --json)."),
    Word("account", "Disable an account at once, or let it in again (disable|enable ACCOUNT)."),
    Word("park", "List, show, replay or drop what a room has set aside (ROOM list|show|replay|drop)."),
    Word("missing", "List what a room knows to be missing, or settle it (ROOM, --settle 'HOP REFERENCE' REASON)."),
    Word("rebuild", "Count a room's view rows again from its streams (ROOM)."),
    Word("republish", "Send again what a room announced about one reference (ROOM REF)."),
    Word("backup", "Copy every database of the lasting house into a folder (FOLDER, --json)."),
    Word("restore", "Put rooms' databases back to a backup while the others go on (ROOM… FOLDER, --json)."),
    Word("verify", "Verify the log of who opened what against its chain and the heads that another room kept."),
    Word("rewrap", "Put every person's key under the first key of the agency's file (intake), as part of a rotation."),
    Word("restored", "Tell a room that its database was restored to an earlier point (ROOM)."),
)
