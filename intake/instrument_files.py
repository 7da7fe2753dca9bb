"""Reads the screening instruments once at start and refuses one that could not be scored."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path

from intake.instrument import BANDS, Instrument, Item
from services.contracts.faults import Fault, refuse
from services.contracts.policy import read_files
from services.contracts.policy_checks import blank_names


def load_instruments(folder: Path) -> Mapping[str, Instrument]:
    """Every instrument of a policy folder by its reference; old versions stay, for old screenings name them."""
    files, faults = read_files(folder / "instruments", Instrument)
    refuse([*faults, *instrument_faults(files)])
    return {each.reference: each for each in files.values()}


def in_force(instruments: Mapping[str, Instrument], code: str, day: date) -> Instrument | None:
    """The newest version of an instrument that counts on a day."""
    versions = [each for each in instruments.values() if each.code == code and each.valid_from <= day]
    return max(versions, key=lambda each: (each.valid_from, each.version), default=None)


def instrument_faults(files: Mapping[str, Instrument]) -> Iterator[Fault]:
    """What is wrong with these instruments (by the stem of their file)."""
    for stem, instrument in files.items():
        file = f"instruments/{stem}.toml"
        if stem not in (instrument.code, instrument.reference):
            says = f"{instrument.code!r} is not the name of the file"
            yield Fault(file, "code", says, f"name the file {instrument.code} or {instrument.reference}")
        yield from blank_names(file, "title", instrument.title)
        yield from _wrong_thresholds(file, instrument)
        for code, times in Counter(item.code for item in instrument.items).items():
            if times > 1:
                yield Fault(file, f"items[{code}]", f"the code stands here {times} times", "keep one row")
        for item in instrument.items:
            yield from _wrong_item(file, item)
    for reference, times in Counter(each.reference for each in files.values()).items():
        if times > 1:
            yield Fault("instruments/", reference, f"{times} files are this version", "give each its own version")


def _wrong_thresholds(file: str, instrument: Instrument) -> Iterator[Fault]:
    if tuple(threshold.band for threshold in instrument.thresholds) != BANDS:
        yield Fault(file, "thresholds", "they are not one of each band", f"list {', '.join(BANDS)} in this order")
    starts = [threshold.from_score for threshold in instrument.thresholds]
    if starts[:1] != [0] or any(later <= earlier for earlier, later in pairwise(starts)):
        yield Fault(
            file, "thresholds", f"{starts} does not rise from 0", "begin at 0 and let each start above the last"
        )


def _wrong_item(file: str, item: Item) -> Iterator[Fault]:
    row = f"items[{item.code}]"
    yield from blank_names(file, f"{row}.labels", item.labels)
    for code, times in Counter(option.code for option in item.options).items():
        if times > 1:
            yield Fault(file, f"{row}.options[{code}]", f"the code stands here {times} times", "keep one row")
    for option in item.options:
        yield from blank_names(file, f"{row}.options[{option.code}].labels", option.labels)
        if option.score < 0:
            says = f"score {option.score} would make a worse answer look better"
            yield Fault(file, f"{row}.options[{option.code}].score", says, "write 0 or more")
    if item.unanswered not in {option.code for option in item.options}:
        says = f"{item.unanswered!r} is none of the options"
        yield Fault(file, f"{row}.unanswered", says, "name the option that an unanswered item counts as")
