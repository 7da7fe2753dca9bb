"""Templates keep the rules of pages: nothing inline, nothing inherited in silence, each sentence is a word's."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.architecture.sources import REPOSITORY, ROOMS, name_of

FOLDERS = ("services/pages/templates", *(f"{room}/templates" for room in ROOMS), "referral/sign_in/templates")
TEMPLATES = sorted(
    path for folder in (*FOLDERS, "deploy/house/sign_in") for path in (REPOSITORY / folder).glob("*.html")
)
PIECE_OF_A_TAG = re.compile(r"\{% macro [^%]*%\}[^<]*\{% endmacro %\}")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
SAID_AS_IT_IS = re.compile(r"SPIS|[·:,.()–\-\s…*✓%/|?=$]+|kbd|ms|/\w+/openapi\.json|\./spis[\w @$.…\-]+")
OF_HTMX = ("hx-target", "hx-select", "hx-swap")


class Reading(HTMLParser):
    """What stands in a template once everything that is filled in is taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        names = {name for name, _ in attrs}
        self._quoted += tag in {"pre", "code"}
        self.wrong += [
            f"<{tag} {name}>: no script or style in a page" for name in names if name == "style" or name[:2] == "on"
        ]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.wrong.append(f"<{tag}> is written into the page")
        if any(name.startswith("hx-on") or name == "hx-vals" for name in names):
            self.wrong.append(f"<{tag}> has a script in an attribute")
        asks = names & {"hx-get", "hx-post"}
        if names & set(OF_HTMX) and not asks:
            self.wrong.append(
                f"<{tag}> sets {sorted(names & set(OF_HTMX))} for others: say :inherited, or set it where it asks"
            )
        if asks and not set(OF_HTMX) <= names:
            self.wrong.append(f"<{tag}> asks without saying what is put where")
        for name, value in attrs:
            if name in {"title", "aria-label", "placeholder", "alt"} and value and re.search(r"[A-Za-z]{3}", value):
                self.wrong.append(f"<{tag} {name}={value!r}> is said in one language only")

    def handle_endtag(self, tag: str) -> None:
        """Leave one tag."""
        self._quoted -= tag in {"pre", "code"}

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        if not self._quoted and re.search(r"[A-Za-zČčĆćŽžŠšĐđА-я]{2}", SAID_AS_IT_IS.sub("", data)):
            self.wrong.append(f"{data.strip()!r} is said in one language only")


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_keeps_the_rules_of_pages(template: Path) -> None:
    text = JINJA.sub("", PIECE_OF_A_TAG.sub("", template.read_text(encoding="utf-8")))
    reading = Reading()
    reading.feed(text)
    assert not reading.wrong, reading.wrong
    assert "| safe" not in template.read_text(encoding="utf-8").replace('"</kbd> <kbd>" | safe', ""), "escape it"


def test_the_reading_of_templates_sees_what_it_is_for() -> None:
    reading = Reading()
    reading.feed(
        '<p style="x" onclick="y">Hello <b title="Only English">there</b></p><script>1</script><i hx-swap="x"></i>'
    )
    assert len(reading.wrong) == 7


def test_there_are_templates_to_read() -> None:
    assert len(TEMPLATES) > 15
