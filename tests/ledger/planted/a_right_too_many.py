"""Planted: one row too many in the table of rights lets a caseworker take note of every desk's alerts."""

from dataclasses import replace

from notifications.__main__ import ROOM
from notifications.rights import ACKNOWLEDGE
from services.contracts.codes import Role
from services.security.rights import Relation, Right
from tests.ledger.witness.stage import serve

ROW = Right(ACKNOWLEDGE, Role.CASEWORKER, Relation.NONE)

if __name__ == "__main__":
    serve(replace(ROOM, rights=(*ROOM.rights, ROW)))
