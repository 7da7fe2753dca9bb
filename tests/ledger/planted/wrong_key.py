"""Planted: the relay sends what is said of a referral under the referral, where its numbers are the case's."""

from referral.room import ROOM
from tests.ledger.witness.stage import Amendment, amended, serve

KEY = "CASE topic WHEN 'spis.referral.referrals.v1' THEN subject ELSE key END AS key"
AMENDMENTS = (Amendment("unpublished", "topic, key,", f"topic, {KEY},"),)

if __name__ == "__main__":
    serve(ROOM, amended(*AMENDMENTS))
