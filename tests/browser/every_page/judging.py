"""What is measured on a page: accessibility, valid HTML, and whether it fits small screens.

On the narrowest one, no word is torn; what is neither a word nor short may be.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.npm import installed, program

HERE = Path(__file__).parent
WIDTH = 320  # px, WCAG 2.2 §1.4.10
AXE = "async (options) => (await axe.run(document, options)).violations"
OF_COLOURS = ("color-contrast", "link-in-text-block")
INVALID = """() => {
    const readable = /^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d)?(Z|[+-]\\d\\d:\\d\\d))?$/;
    const labels = [...document.querySelectorAll("label")].filter(
        label => label.htmlFor && !label.control);
    const times = [...document.querySelectorAll("time")].filter(
        time => !readable.test(time.dateTime));
    return [...labels, ...times].map(element => element.outerHTML);
}"""
FITS = """(size) => {
    document.documentElement.style.fontSize = size;
    const page = document.documentElement;
    return page.scrollWidth - page.clientWidth;
}"""
TORN = """() => {
    const WORD = /(?<![\\p{L}\\p{N}_.@\\/:%=-])\\p{L}{2,20}(?![\\p{L}\\p{N}_@\\/%=])/gu;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = new Set();
    while (walker.nextNode()) {
        const text = walker.currentNode, element = text.parentElement;
        const isShown = element.checkVisibility() && !element.closest("code, pre, svg, textarea");
        const isHeading = element.closest("h1");  // which browsers hyphenate, if they can
        const isUnseen = element.closest(".unseen, .visually-hidden");
        for (const word of isShown && !isUnseen && !isHeading ? text.data.matchAll(WORD) : []) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].map(part => Math.round(part.top)));
            if (lines.size > 1) found.add(word[0]);
        }
    }
    return [...found];
}"""


class Judges:
    """axe-core and html-validate, as npm has installed them."""

    def __init__(self) -> None:
        """Install them. Raises `NotInstalledError`."""
        packages = installed(HERE)
        self.node = program("node")
        self.axe = (packages / "axe-core" / "axe.min.js").read_text("utf-8")
        self.html_validate = packages / "html-validate" / "bin" / "html-validate.mjs"

    def violations(self, page: Page, *, of_colours: bool = False) -> list[str]:
        """Return what axe finds; with `of_colours`, only what another theme could change."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(self.axe)
        options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
        if of_colours:
            options["runOnly"] = {"type": "rule", "values": OF_COLOURS}
        found: list[dict[str, Any]] = page.evaluate(AXE, options)
        return [_words(rule, node) for rule in found for node in rule["nodes"]]

    def errors(self, folder: Path) -> list[str]:
        """Return what html-validate finds in the files of a folder."""
        report = folder / "report.json"
        arguments = ["--config", str(HERE / "html_validate.json"), "--formatter", f"json={report}"]
        command = [self.node, str(self.html_validate), *arguments, str(folder)]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        return [
            f"{Path(file['filePath']).stem}: {message['ruleId']}: {message['message']}"
            f" ({message['line']}: {message.get('selector')})"
            for file in json.loads(report.read_bytes())
            for message in file["messages"]
        ]


def _words(rule: dict[str, Any], node: dict[str, Any]) -> str:
    return f"{rule['id']}: {node['target'][0]}: {node['failureSummary']}: {node['html'][:200]}"


def invalid(page: Page) -> list[str]:
    """Return the labels of hidden fields, and the times that no program can read.

    html-validate lets both pass (HTML §4.10.4, §2.3.5.7).
    """
    found: list[str] = page.evaluate(INVALID)
    return [f"invalid: {element}" for element in found]


def overflow(page: Page) -> list[str]:
    """Return which words the narrowest screen tears, and how much wider the document is.

    It may not be wider with text twice as large, nor beside a scroll bar.
    """
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": WIDTH, "height": 640})
    torn: list[str] = page.evaluate(TORN)
    excess = {percent: page.evaluate(FITS, percent) for percent in ("", "200%")}
    page.evaluate(FITS, "")
    page.set_viewport_size(size)
    wide = {text: pixels for text, pixels in excess.items() if pixels > 0}
    return [
        *(f"torn: {word}" for word in torn),
        *(f"{pixels} px too wide at {text or '100%'} text" for text, pixels in wide.items()),
    ]
