"""The texts of a page that stand outside the marks of the pseudo-language."""

import re
from html.parser import HTMLParser

from tests.language.pseudo import CLOSES, OPENS

# What stands in these is no language, or is made by the browser
NO_LANGUAGE = {"code", "kbd", "samp", "bdi", "pre", "script", "style", "time", "textarea"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
READ = ("title", "alt", "aria-label", "aria-description", "placeholder", "label")
NUMBERS = {"cx", "cy", "dx", "dy", "height", "max", "min", "r", "viewbox", "width", "x", "y"}
NUMBERS |= {f"{axis}{end}" for axis in "xy" for end in "12"}
BUTTONS = ("submit", "button", "reset")
LETTER = re.compile(r"[^\W\d_]")
ADDRESS = re.compile(r"https?://\S+|[\w.+-]+@[\w.-]+")
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC")  # times.js turns it
COMMA = re.compile(r"\d,\d")  # for a decimal point, as the pseudo-language writes it
BETWEEN = re.compile("[·›]")  # parts of a title, and steps of a path
EDGES = " \n\t.,:;!?()[]·–—→←…'\"/|+-"


class Texts(HTMLParser):
    """Collects what is outside the marks, element by element.

    A mark that opens in an element closes in it: what is cut or torn apart is found too.
    """

    def __init__(self, data: set[str]) -> None:
        super().__init__()
        self.data, self.found = data, list[str]()
        self.depth = 0  # of open marks
        self.open: list[tuple[str, bool, int]] = []  # tag, whether it is no language, depth

    @property
    def is_data(self) -> bool:
        return any(is_data for _, is_data, _ in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in NUMBERS & given.keys():
            if COMMA.search(given[name]):
                self.found.append(f"{name} is written as in a text: {given[name]}")
        is_data = tag in NO_LANGUAGE or given.get("translate") == "no"
        if not (is_data or self.is_data):
            self._read_attributes(tag, given)
        if tag not in VOID:
            self.open.append((tag, is_data, self.depth))

    def handle_endtag(self, tag: str) -> None:
        while any(tag == opened for opened, _, _ in self.open):
            opened, _, depth = self.open.pop()
            if depth != self.depth:
                self.found.append(f"<{opened}>: a text is cut, or torn apart")
                self.depth = depth
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        outside = self._outside(data)
        if not self.is_data and self._is_language(outside):
            self.found.append(" ".join(outside.split()))

    def _read_attributes(self, tag: str, given: dict[str, str]) -> None:
        names = [name for name in READ if name in given]
        if tag == "input" and given.get("type") in BUTTONS:
            names.append("value")
        for name in names:
            outside = self._outside(given[name])
            if self._is_language(outside):
                self.found.append(f"{name}: {outside.strip()}")

    def _outside(self, text: str) -> str:
        kept = []
        for letter in text:
            self.depth += letter == OPENS
            if self.depth == 0:
                kept.append(letter)
            self.depth -= letter == CLOSES and self.depth > 0
        return "".join(kept)

    def _is_language(self, text: str) -> bool:
        bare = STAMP.sub("", ADDRESS.sub("", text))
        parts = [bare.strip(EDGES), *(part.strip(EDGES) for part in BETWEEN.split(bare))]
        whole, *pieces = [bool(LETTER.search(part)) and part not in self.data for part in parts]
        return whole and any(pieces)


def outside(text: str) -> str:
    """Return what of a line of plain text stands outside the marks and has letters."""
    texts = Texts(set())
    kept = texts._outside(text)
    return kept if texts._is_language(kept) else ""


def unmarked(page: str, data: set[str]) -> list[str]:
    """Return each such text of a page once. Of a text that is in `data`, the page may be sure."""
    texts = Texts(data)
    texts.feed(page)
    texts.close()
    return list(dict.fromkeys(texts.found))
