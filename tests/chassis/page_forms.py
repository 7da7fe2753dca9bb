"""What somebody sees of a page who has no script: its forms with their fields, and what stands in it as text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx2

SILENT = frozenset({"script", "style", "head"})


@dataclass
class PageForm:
    """One form as a browser would send it: its address, what is filled in, and what can be chosen."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.texts: list[str] = []
        self._select, self._silent = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._silent += tag in SILENT
        match tag:
            case "form":
                self.forms.append(PageForm(given.get("action", "")))
            case "select":
                self._select = given["name"]
            case "option":
                self.forms[-1].choices.setdefault(self._select, []).append(given["value"])
            case "input" if given["type"] == "hidden":
                self.forms[-1].fields[given["name"]] = given["value"]
            case "input":
                self.forms[-1].choices.setdefault(given["name"], []).append(given["value"])
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(" ".join(data.split()))


def forms_on(page: httpx2.Response) -> dict[str, PageForm]:
    """The forms of a page by the address they are sent to; one without an address stays on the page."""
    return {form.action: form for form in _read(page).forms if form.action}


def row_of(page: httpx2.Response, ref: str) -> str:
    """The row of a list that is about one record, as it is written; empty where there is none."""
    _, _, rest = page.text.partition(f'<li id="{ref}"')
    return rest.partition("</li>")[0]


def text_of(page: httpx2.Response) -> str:
    """What a page says, without its marks."""
    return " ".join(_read(page).texts)


def _read(page: httpx2.Response) -> _Reader:
    reader = _Reader()
    reader.feed(page.text)
    return reader
