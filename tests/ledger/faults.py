"""Carries a plan out on a house, one fault after another; and moves the domain's clock."""

import asyncio
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from deploy.house import House
from deploy.house.clock import advance_clock, rejoin
from tests.ledger.copies import Copier
from tests.ledger.disks import Disks
from tests.ledger.network.network import Network
from tests.ledger.network.passage import Passage
from tests.ledger.on_processes import OnProcesses
from tests.ledger.on_stores import OnStores
from tests.ledger.plan import COPIES, NETWORK, Fault, Plan
from tests.ledger.poison import Poisoner
from tests.ledger.record import Recorder


class Saboteur:
    """Does to a house what a plan says; `over_at` is when the last fault was over."""

    def __init__(self, house: House, recorder: Recorder, plan: Plan, network: Network | None, disks: Disks) -> None:
        self.done = 0
        self.over_at = 0.0
        self._house = house
        self._recorder = recorder
        self._plan = plan
        self._network = network
        self._ahead: Path | None = None
        chance = Random(f"saboteur/{plan.seed}")
        self._processes = OnProcesses(house, recorder, network, chance)
        self._stores = OnStores(house, recorder, disks)
        self._poisoner = Poisoner(house.kafka, recorder)
        self._copier = Copier(house.kafka, recorder, chance)

    async def carry_out(self, now: Callable[[], float]) -> None:
        """Carry the whole plan out, one fault after another."""
        began = now()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._advance(now, began))
            for fault in self._plan.faults:
                await asyncio.sleep(max(0.0, began + fault.at - now()))
                of = {"fault": fault.kind, "target": fault.target, "seconds": fault.seconds, "hours": fault.hours}
                self._recorder.note("fault", **of)
                await self._do(fault)
                self.done, self.over_at = self.done + 1, now()
                self._recorder.note("fault_over", **of)

    async def _advance(self, now: Callable[[], float], began: float) -> None:
        for advance in self._plan.advances:
            await asyncio.sleep(max(0.0, began + advance.at - now()))
            step = timedelta(hours=advance.hours)
            await asyncio.to_thread(self._house.advance, step)
            if self._ahead:
                await asyncio.to_thread(advance_clock, self._ahead, step, datetime.now(UTC))
            self._recorder.note("advance", hours=advance.hours)

    async def _do(self, fault: Fault) -> None:
        target = fault.target
        match fault.kind:
            case "kill":
                await self._processes.kill(target)
            case "kill-store":
                await asyncio.to_thread(self._house.kill, target)
            case "stop-fast":
                await self._stores.stop_postgres(signal.SIGINT)
            case "stop-immediate":
                await self._stores.stop_postgres(signal.SIGQUIT)
            case "kill-leader":
                await self._stores.kill_leader(target)
            case "full-disk":
                await self._stores.fill(fault)
            case "away":
                await self._stores.hold_down(fault)
            case "restart":
                await self._processes.restart((target,))
            case "roll":
                await self._processes.restart(self._processes.everything())
            case "freeze":
                await self._processes.freeze(fault)
            case "twin":
                async with self._processes.twin(target):
                    await asyncio.sleep(fault.seconds)
            case "relays":
                await self._processes.contend(target, fault.seconds)
            case "sever":
                await self._processes.sever(target)
            case "poison":
                await self._poisoner.put(target)
            case kind if kind in COPIES:
                await self._copier.put(kind, target)
            case kind if kind in NETWORK:
                await self._part(fault)
            case "jump":
                await self._jump(fault)
            case kind:
                raise ValueError(f"no fault is called {kind}")

    async def _part(self, fault: Fault) -> None:
        """Disturb the network between a room and a store for a while."""
        assert self._network is not None, "this house was opened without a network that can be disturbed"
        await asyncio.to_thread(self._network.become, fault.target, Passage(fault.kind))
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            await asyncio.to_thread(self._network.become, fault.target, Passage.OPEN)

    async def _jump(self, fault: Fault) -> None:
        """Let the clock of one process jump ahead of everybody else's, and back again."""
        self._ahead = own = self._house.clock_of(fault.target)
        await asyncio.to_thread(advance_clock, own, timedelta(hours=fault.hours), datetime.now(UTC))
        await asyncio.sleep(fault.seconds)
        self._ahead = None
        await asyncio.to_thread(rejoin, own, self._house.clock_file)
