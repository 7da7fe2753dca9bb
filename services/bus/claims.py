"""Which partitions this member of a group took over, and how far each is heard: Kafka deals them out, the room's
database says whose they are. It handles no event.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from services.bus.batch import Claim
from services.bus.holding import Holding
from services.contracts.failures import Unavailable
from services.storage.database import Database
from services.telemetry import metrics

POSTPONED_SECONDS = 0.25

log = structlog.get_logger()


class Claims(ConsumerRebalanceListener):
    """The partitions that were dealt to this member; those held, fenced or stopped are not taken from.

    As a rebalance listener it only raises flags, because the library swallows what a listener raises.
    """

    def __init__(self, client: AIOKafkaConsumer, database: Database) -> None:
        self._client = client
        self._database = database
        self._claims: dict[TopicPartition, Claim] = {}
        self._holding: Holding[TopicPartition] = Holding()
        self._stopped: dict[TopicPartition, int] = {}
        self._dealt = False
        self._dealings = 0
        self._dealing = 0

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Take nothing and claim nothing until the partitions are dealt out again."""
        self._dealt = False

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Claim everything again, and fetch nothing before: a fetch that waits at the broker keeps a claim waiting."""
        self._client.pause(*assigned)
        self._dealt = True
        self._dealings += 1

    def may_take(self, partition: TopicPartition) -> bool:
        """Whether records of a partition may be dealt with now."""
        return self.settled and partition in self._claims and not self._holding.holds(partition)

    @property
    def settled(self) -> bool:
        """Whether what is claimed is what was dealt out last."""
        return self._dealt and self._dealing == self._dealings

    def __getitem__(self, partition: TopicPartition) -> Claim:
        return self._claims[partition]

    def behind(self) -> dict[TopicPartition, int]:
        """How many records of each partition of this member are still to be heard, as far as Kafka has told."""
        positions = self._stopped | {partition: claim.next_offset for partition, claim in self._claims.items()}
        mine = self._client.assignment() & positions.keys()
        return {p: max(0, (self._client.highwater(p) or 0) - positions[p]) for p in mine}

    def moved(self, partition: TopicPartition, claim: Claim) -> None:
        """The position of a partition is another now."""
        self._claims[partition] = claim

    async def claim_lacking(self) -> None:
        """Take over what was dealt to this member and is not its own yet; the position says where to go on."""
        if not self._dealt:
            return
        if not self.settled:
            self._dealing = self._dealings
            self._claims.clear()
            self._stopped.clear()
            self._holding.forget()
        mine = self._claims.keys() | self._stopped.keys()
        lacking = [p for p in sorted(self._client.assignment() - mine) if not self._holding.holds(p)]
        if not lacking:
            return
        try:
            # Claimed before the ends are asked: a member that was passed over could still move on in between.
            claims = {partition: await self._claim(partition) for partition in lacking}
            starts = await self._client.beginning_offsets(lacking)
            ends = await self._client.end_offsets(lacking)
            for partition, claim in claims.items():
                if not self.settled:
                    return  # dealt out again meanwhile
                if starts[partition] <= claim.next_offset <= ends[partition]:
                    self._client.seek(partition, claim.next_offset)
                    self._client.resume(partition)
                    self._claims[partition] = claim
                else:
                    self.stop(partition, claim.next_offset)
        except (KafkaError, Unavailable, IllegalStateError, TimeoutError) as error:
            log.warning("claim_postponed", error=type(error).__name__)
            await asyncio.sleep(POSTPONED_SECONDS)

    async def _claim(self, partition: TopicPartition) -> Claim:
        row = await self._database.read_row("claim_partition", partition.topic, partition.partition)
        if row is None:
            raise Unavailable("a claim gave no row")
        return Claim(partition.topic, partition.partition, row["epoch"], row["next_offset"], doubtful=row["doubtful"])

    async def find_position(self, partition: TopicPartition) -> None:
        """Fenced: let the partition go. Ours after all: the answer to a commit was lost, so go on from where it is."""
        claim = self._claims[partition]
        try:
            row = await self._database.read_row("position", partition.topic, partition.partition)
        except Unavailable:
            self.hold(partition)
            return
        if row is not None and row["epoch"] == claim.epoch:
            self._claims[partition] = replace(claim, next_offset=row["next_offset"])
            self._seek(partition)
            return
        metrics.FENCED.labels(self._database.room).inc()
        log.warning("fenced", topic=claim.topic, partition=claim.partition, epoch=claim.epoch)
        # A member that was passed over learns it from Kafka soon; if it is dealt to us all the same, we claim it again.
        del self._claims[partition]
        self.hold(partition)

    async def lost_its_start(self, partition: TopicPartition, first_offset: int) -> bool:
        """Whether the log begins behind the position, so that what lay between was never heard."""
        position = self._claims[partition].next_offset
        if first_offset <= position:
            return False
        starts = await self._client.beginning_offsets([partition])
        if starts[partition] <= position:
            return False
        self.stop(partition, position)
        return True

    def stop(self, partition: TopicPartition, position: int) -> None:
        """Take nothing more from a partition whose log is not the one its position was kept for, and call somebody."""
        metrics.LOSS.labels(self._database.room, "log").inc()
        log.error("position_outside_log", topic=partition.topic, partition=partition.partition, offset=position)
        self._claims.pop(partition, None)
        self._stopped[partition] = position
        self._client.pause(partition)

    def hold(self, partition: TopicPartition) -> None:
        """Take nothing from a partition for a while that grows until something of it succeeds."""
        seconds = self._holding.hold(partition, asyncio.get_running_loop().time())
        log.warning("partition_held", topic=partition.topic, partition=partition.partition, delay_seconds=seconds)
        try:
            self._client.pause(partition)
        except IllegalStateError:
            return  # it is being dealt out anew
        if partition in self._claims:
            self._seek(partition)

    def resume_held(self) -> None:
        """Go on with the partitions whose wait is over."""
        for partition in self._holding.due(asyncio.get_running_loop().time()):
            if partition in self._client.assignment():
                self._client.resume(partition)

    def succeeded(self, partition: TopicPartition) -> None:
        """Something of a partition was dealt with."""
        self._holding.succeeded(partition)

    def _seek(self, partition: TopicPartition) -> None:
        try:
            self._client.seek(partition, self._claims[partition].next_offset)
        except IllegalStateError:
            self._claims.pop(partition, None)
