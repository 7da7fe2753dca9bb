"""Planted: one row too many in the table of rights lets whoever is asked take the question back.

The wall in the database does not stop it: a receiver is shown the referral. A right to what it hides would do nothing.
"""

from dataclasses import replace

from referral.rights import WITHDRAW
from referral.room import ROOM
from services.contracts.codes import Role
from services.security.rights import Relation, Right
from tests.ledger.witness.stage import serve

ROW = Right(WITHDRAW, Role.PROVIDER, Relation.RECEIVER)

if __name__ == "__main__":
    serve(replace(ROOM, rights=(*ROOM.rights, ROW)))
