"""What a stretch of network lets pass: a pure switch of states. It knows no socket."""

from enum import Enum

SLOW_SECONDS = 0.05


class Towards(Enum):
    """Which way bytes go."""

    STORE = "away from the room"
    ROOM = "towards the room"


class Passage(Enum):
    """How a stretch of network is."""

    OPEN = "open"
    CUT = "cut"
    STALLED = "stall"
    SLOW = "slow"
    DEAF = "deaf"
    MUTE = "mute"

    @property
    def connects(self) -> bool:
        """Whether a connection can be made and stays; where not, what is there is reset and what comes is refused."""
        return self is not Passage.CUT

    def lets(self, towards: Towards) -> bool:
        """Whether bytes pass that way; those that do not are late and not lost, as on a network that heals."""
        match self:
            case Passage.CUT | Passage.STALLED:
                return False
            case Passage.DEAF:
                return towards is Towards.STORE
            case Passage.MUTE:
                return towards is Towards.ROOM
            case _:
                return True

    @property
    def delay(self) -> float:
        """How much later than it came each piece goes on, in seconds."""
        return SLOW_SECONDS if self is Passage.SLOW else 0.0
