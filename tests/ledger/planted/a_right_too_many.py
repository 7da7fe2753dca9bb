"""Planted: two rows too many in the table of rights let every provider answer every referral."""

from dataclasses import replace

from referral.rights import ACCEPT, SEE
from referral.room import ROOM
from services.contracts.codes import Role
from services.security.rights import Relation, Right
from tests.ledger.witness.stage import serve

ROWS = tuple(Right(action, Role.PROVIDER, Relation.NONE) for action in (SEE, ACCEPT))

if __name__ == "__main__":
    serve(replace(ROOM, rights=(*ROOM.rights, *ROWS)))
