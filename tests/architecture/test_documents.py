"""What is written for people is true as far as a machine can tell: links, commands, proofs and files there are."""

import re
from pathlib import Path

import pytest

from deploy.house.words import WORDS
from tests.architecture.sources import REPOSITORY, name_of
from tests.bench.command import BENCHES
from tests.prove.command import PROOFS

DOCUMENTS = sorted([*(REPOSITORY / "docs").rglob("*.md"), *REPOSITORY.glob("*.md")])
LINES_MAX = 60
"""A page for somebody who was called at night is one screen."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{target} is not there"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_and_every_file_that_is_named_is_there(path: Path) -> None:
    said = path.read_text(encoding="utf-8")
    known = {word.name for word in WORDS}
    for name, of in re.findall(r"\./spis ([a-z]+)(?: ([a-z-]+))?", said):
        assert name in known, f"there is no command {name}"
        if name in ("prove", "bench") and of:
            assert of in {*PROOFS, *BENCHES}, f"there is no {name} {of}"
    for name in re.findall(r"`((?:deploy|tests|services|docs)/[\w./-]+)`", said):
        abbreviated = re.search(r"CODE|ROOM|NNNN|/decisions/\d+$|\*", name)
        assert abbreviated or (REPOSITORY / name).exists(), f"{name} is not there"


def test_a_page_for_whoever_runs_it_is_one_screen_and_the_readme_leads_there() -> None:
    for path in (REPOSITORY / "docs" / "operate").rglob("*.md"):
        assert path.read_text(encoding="utf-8").count("\n") <= LINES_MAX, name_of(path)
    assert "docs/operate/README.md" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_every_page_for_whoever_runs_it_is_listed() -> None:
    folder = REPOSITORY / "docs" / "operate"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"({path.name})" in listed for path in folder.glob("*.md") if path.name != "README.md")
