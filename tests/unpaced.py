"""What a house is told whose tests ask far more, and far more wrongly, than any account is let."""

from collections.abc import Mapping

UNPACED: Mapping[str, str] = {"SPIS_PACE": "misses=1000000/60 strangers=1000000/60 reports=1000000/60"}
