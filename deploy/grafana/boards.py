"""Every dashboard there is."""

from deploy.grafana.clock import CLOCK
from deploy.grafana.journey import JOURNEY
from deploy.grafana.rooms import ROOM_BOARDS
from deploy.grafana.streams import STREAMS

BOARDS = (JOURNEY, CLOCK, STREAMS, *ROOM_BOARDS)
