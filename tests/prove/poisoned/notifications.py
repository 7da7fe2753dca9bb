"""The room of notifications, coming to grief over some events."""

from notifications.__main__ import ROOM
from tests.prove.poisoned.stage import run

if __name__ == "__main__":
    run(ROOM)
