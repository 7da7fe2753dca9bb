"""The room of analytics with a witness."""

from analytics.__main__ import ROOM
from tests.ledger.witness.stage import serve

if __name__ == "__main__":
    serve(ROOM)
