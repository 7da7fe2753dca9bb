"""The room of intake with a witness."""

from intake.__main__ import ROOM
from tests.ledger.witness.stage import serve

if __name__ == "__main__":
    serve(ROOM)
