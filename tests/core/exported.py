"""Every figure that a process of the house can show, by its name: what rules, dashboards and tests may ask for."""

from collections.abc import Iterator
from importlib import import_module

from prometheus_client import Counter, Gauge, Histogram

from tests.architecture.sources import ROOMS

Figure = Counter | Gauge | Histogram
SHOWN_BY_THE_LIBRARY = {"process_resident_memory_bytes", "process_start_time_seconds", "process_open_fds"}
SHOWN_BY_PROMETHEUS = {"up"}


def figures() -> Iterator[Figure]:
    """The figures of the chassis and of every room."""
    for name in ("services.telemetry.metrics", *(f"{room}.gauges" for room in ROOMS)):
        module = import_module(name)
        told = [*vars(module).values(), *getattr(module, "OF_ROWS", {}).values()]
        yield from (each for each in told if isinstance(each, Figure))


def name_of(figure: Figure) -> str:
    """The name under which it is shown."""
    [family] = figure.describe()
    return f"{family.name}_total" if isinstance(figure, Counter) else family.name


def labels_of(figure: Figure) -> tuple[str, ...]:
    """The names of its labels; the library keeps them to itself."""
    return tuple(figure._labelnames)


def samples() -> dict[str, tuple[str, ...]]:
    """Every name a query may ask for, with the labels it has."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(SHOWN_BY_THE_LIBRARY | SHOWN_BY_PROMETHEUS, ())
    for figure in figures():
        endings = ("_bucket", "_sum", "_count") if isinstance(figure, Histogram) else ("",)
        found |= {f"{name_of(figure)}{ending}": labels_of(figure) for ending in endings}
    return found
