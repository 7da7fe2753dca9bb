"""Everything that leaves analytics, and the only door out: that a place has a surge, in codes, counts and dates."""

from datetime import datetime

from analytics.live.tally import ANY_NEED
from analytics.surge import Surge
from services.contracts.analytics import SurgeDetected
from services.contracts.catalog import Announcement


def announce(surge: Surge, now: datetime) -> Announcement:
    """What others hear of a surge."""
    it = surge.stretch
    return SurgeDetected(
        surge=surge.ref,
        unit=it.unit,
        indicator=it.indicator,
        need=None if it.need == ANY_NEED else it.need,
        count=it.count,
        usual=surge.usual,
        window_starts=it.starts,
        window_ends=it.ends,
        detected_at=now,
    )
