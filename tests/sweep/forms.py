"""The forms of a page, as a browser sends them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.test import Client

TYPED = {"email": "a@b.example", "number": "1", "text": "x", "password": "x", "search": "x"}


@dataclass
class Form:
    """A form as a browser sends it: with what is filled in, and with everything filled in."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    empty: list[tuple[str, str]] = field(default_factory=list)  # what somebody may tick or type
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def sendings(self) -> Iterator[dict[str, list[str]]]:
        for button in self.buttons or [("", "")]:
            for more in ([], self.empty):
                sent: dict[str, list[str]] = {}
                for name, value in [*self.fields, *more, button]:
                    sent.setdefault(name, []).append(value)
                yield {name: values for name, values in sent.items() if name}


class Forms(HTMLParser):
    """Collects the forms of a page that are posted."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.found, self.form, self.select = path, list[Form](), Form(""), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "text")
        if tag == "form":
            self.form = Form(given.get("action") or self.path)
            if given.get("method", "").lower() == "post":
                self.found.append(self.form)
        elif tag == "button" or (tag == "input" and kind in ("submit", "image")):
            self.form.buttons.append((name, value))
        elif tag == "input" and kind in ("checkbox", "radio"):
            side = self.form.fields if "checked" in given else self.form.empty
            side.append((name, value or "on"))
        elif tag == "input":
            is_typed = kind not in TYPED or value
            side = self.form.fields if is_typed else self.form.empty
            side.append((name, value or TYPED.get(kind, "")))
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given:
            self.form.fields.append((self.select, value))
        elif tag == "option" and value:
            self.form.empty.append((self.select, value))


def forms_of(browser: Client, path: str) -> list[Form]:
    answer = browser.get(path)
    is_page = answer.status_code == 200 and "html" in answer["Content-Type"]
    if not is_page or answer.streaming:
        return []
    forms = Forms(path)
    forms.feed(answer.content.decode())
    return forms.found
