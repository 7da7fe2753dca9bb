"""The room of notifications with a witness."""

from notifications.__main__ import ROOM
from tests.ledger.witness.stage import serve

if __name__ == "__main__":
    serve(ROOM)
