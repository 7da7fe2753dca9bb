"""The room of referral with a witness."""

from referral.room import ROOM
from tests.ledger.witness.stage import serve

if __name__ == "__main__":
    serve(ROOM)
