"""An inbox as one person reads it: what came to several of their desks at once is told once. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifications.alert import Alert


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to hear, and its alerts: one for each desk of the reader that it came to."""

    alerts: tuple[Alert, ...]

    @property
    def alert(self) -> Alert:
        """The one that is shown."""
        return self.alerts[0]

    @property
    def refs(self) -> tuple[str, ...]:
        """Those that are acknowledged together."""
        return tuple(alert.ref for alert in self.alerts)


def lines_of(alerts: Iterable[Alert]) -> list[Line]:
    """The lines of some alerts, in the order in which each is met first."""
    together: dict[tuple[str, str, int, str], list[Alert]] = {}
    for alert in alerts:
        together.setdefault((alert.cause.event, alert.cause.code, alert.step, alert.state), []).append(alert)
    # In one order, so that a line keeps its place and name on the page while it changes.
    return [Line(tuple(sorted(found, key=lambda alert: alert.ref))) for found in together.values()]
