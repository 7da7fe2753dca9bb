"""Planted: a request is carried out each time it comes, whatever its key."""

from dataclasses import replace

from fastapi import APIRouter

from intake.__main__ import ROOM
from services.runtime.room import Surroundings
from tests.ledger.witness.stage import serve

NEVER_HEARD = """
SELECT true AS my_turn, NULL::bytea AS fingerprint, NULL::integer AS status, NULL::bytea AS reply,
    NULL::jsonb AS headers
WHERE $1::text IS NOT NULL AND $2::text IS NOT NULL"""
LAST_ANSWER = " ON CONFLICT (caller, key) DO UPDATE SET reply = excluded.reply"


def router(around: Surroundings) -> APIRouter:
    """The room's own addresses, over a database that recalls no answer."""
    own = around.database
    kept = own.statements["keep_reply"].rstrip().rstrip(";") + LAST_ANSWER
    own.statements = {**own.statements, "recall_reply": NEVER_HEARD, "keep_reply": kept}
    return ROOM.router(around)


if __name__ == "__main__":
    serve(replace(ROOM, router=router))
