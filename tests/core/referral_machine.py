"""Drives a few referrals with whatever can come, late, again and in any order, and says what must hold all the time.

It knows no rule of `decide`; only what everybody is promised: a date for what is owed, one effect a request, an end.
"""

from datetime import timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from referral.referral import LoopClosed, NoReceiver, State, TakenBack, TurnedDown, Waiting
from referral.streams import REFERRAL
from referral.words import (
    Accept,
    CheckClock,
    Command,
    Complete,
    Decline,
    Escalated,
    Event,
    NoteUnserved,
    Send,
    Start,
    Withdraw,
)
from services.contracts.catalog import Announcement
from services.contracts.codes import DeclineReason, Outcome, WithdrawReason
from services.contracts.failures import Refused
from tests.core.referral_stories import LADDER, MONDAY, NURSE, WORKER, asked, unmet

REFS = ("F-22222-22222-222222", "F-33333-33333-333333", "F-44444-44444-444444")
AT_ONE_MOMENT_MAX = len(LADDER.rungs) + 2
"""The mark of silence, each rung, and one call at the top: more than that no moment may bring."""

Ended = NoReceiver | TurnedDown | LoopClosed | TakenBack

refs = st.sampled_from(REFS)
late = st.one_of(st.just(0), st.integers(0, 300)).map(lambda hours: timedelta(hours=hours))


class ReferralMachine(RuleBasedStateMachine):
    """Referrals between their watchdog and everybody who may ask something of them."""

    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).steps -= 1  # the first count is taken before anything happened
        self.now = MONDAY
        self.states: dict[str, State] = dict.fromkeys(REFS, REFERRAL.initial)
        self.events: dict[str, list[Event]] = {ref: [] for ref in REFS}
        self.said: list[Announcement] = []
        self.asked: list[tuple[str, Command]] = []
        self.ended: dict[str, tuple[State, int]] = {}

    @rule(hours=st.one_of(st.integers(0, 40), st.integers(0, 1_000)))
    def time_passes(self, hours: int) -> None:
        """Nobody asks anything for a while."""
        self.now += timedelta(hours=hours)

    @rule(ref=refs, late=late, days=st.integers(1, 9))
    def send(self, ref: str, late: timedelta, days: int) -> None:
        """Somebody is asked."""
        moment = self.now - late
        self._ask(ref, Send(asked(), moment + timedelta(days=days), WORKER, moment))

    @rule(late=late)
    def note_unserved(self, late: timedelta) -> None:
        """There is nobody to ask."""
        self._ask(REFS[-1], NoteUnserved(unmet(), self.now - late))

    @rule(ref=refs, late=late)
    def accept(self, ref: str, late: timedelta) -> None:
        """The receiver says yes."""
        self._ask(ref, Accept(NURSE, self.now - late))

    @rule(ref=refs, late=late, reason=st.sampled_from(DeclineReason))
    def decline(self, ref: str, late: timedelta, reason: DeclineReason) -> None:
        """The receiver says no."""
        self._ask(ref, Decline(reason, NURSE, self.now - late))

    @rule(ref=refs, late=late)
    def start(self, ref: str, late: timedelta) -> None:
        """The service begins."""
        self._ask(ref, Start(NURSE, self.now - late))

    @rule(ref=refs, late=late, outcome=st.sampled_from(Outcome))
    def complete(self, ref: str, late: timedelta, outcome: Outcome) -> None:
        """The service is over."""
        self._ask(ref, Complete(outcome, NURSE, self.now - late))

    @rule(ref=refs, late=late, reason=st.sampled_from(WithdrawReason))
    def withdraw(self, ref: str, late: timedelta, reason: WithdrawReason) -> None:
        """The sender takes the question back."""
        self._ask(ref, Withdraw(reason, WORKER, self.now - late))

    @rule(ref=refs, late=late)
    def look(self, ref: str, late: timedelta) -> None:
        """The watchdog looks once, perhaps by a clock that is behind; the next date never comes nearer by it."""
        before = REFERRAL.next_step(self.states[ref])
        if self._carry_out(ref, CheckClock(self.now - late, LADDER)):
            after = REFERRAL.next_step(self.states[ref])
            assert before is not None
            assert after is not None
            assert after > before

    @rule(ref=refs)
    def look_until_quiet(self, ref: str) -> None:
        """The watchdog takes everything that is due; then nothing is, and the next date lies ahead."""
        taken = 0
        while self._carry_out(ref, CheckClock(self.now, LADDER)):
            taken += 1
            assert taken <= AT_ONE_MOMENT_MAX, "silence climbs without end at one moment"
        due = REFERRAL.next_step(self.states[ref])
        assert due is None or due > self.now

    @rule(data=st.data())
    def comes_again(self, data: st.DataObject) -> None:
        """Something that was carried out, perhaps long ago, comes once more."""
        if self.asked:
            ref, command = data.draw(st.sampled_from(self.asked))
            try:
                assert not self._carry_out(ref, command), f"{command} had an effect once more"
            except Refused:
                return

    @invariant()
    def counted(self) -> None:
        """One step more was taken."""
        type(self).steps += 1

    @invariant()
    def an_owed_answer_has_a_date(self) -> None:
        """While an answer is owed, and only then, a referral will be looked at again."""
        for state in self.states.values():
            assert (REFERRAL.next_step(state) is not None) == isinstance(state, Waiting)

    @invariant()
    def nothing_happens_twice(self) -> None:
        """What happened to a referral is the only one of its name; climbing repeats, and counts."""
        for ref, events in self.events.items():
            names = [f"{ref} {type(e).__name__} {e.step if isinstance(e, Escalated) else ''}" for e in events]
            assert len(set(names)) == len(names), names
        assert len(self.said) == len({repr(each) for each in self.said}) == sum(map(len, self.events.values()))

    @invariant()
    def nothing_moves_after_the_end(self) -> None:
        """What is over stays as it was when it ended."""
        for ref, state in self.states.items():
            stands = (state, len(self.events[ref]))
            if isinstance(state, Ended):
                self.ended.setdefault(ref, stands)
            assert self.ended.get(ref, stands) == stands

    def _ask(self, ref: str, command: Command) -> None:
        """Ask for something and, where it was not refused, at once a second time."""
        try:
            events = self._carry_out(ref, command)
        except Refused:
            return
        assert not self._carry_out(ref, command), f"{command} had an effect twice"
        if events:
            self.asked.append((ref, command))

    def _carry_out(self, ref: str, command: Command) -> list[Event]:
        state = self.states[ref]
        events = REFERRAL.decide(state, command)
        for event in events:
            state = REFERRAL.evolve(state, event)
            self.events[ref].append(event)
            self.said.extend(REFERRAL.announce(ref, state, event))
        self.states[ref] = state
        return events
