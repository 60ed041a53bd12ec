"""In what a redirect URI differs from those that are registered, for whoever has to find it.

Redirect URIs are compared letter by letter, so one that looks right may be another.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from protocol.authorization_server.redirect_uris import host_of
from web.shown import in_code

USUAL_PORTS = {"https": "443", "http": "80"}
PARTS = ("scheme", "host", "port", "path", "query")
# By the parts that differ from the registered one that is most like it
ONLY = {
    "scheme": gettext_lazy(
        "It differs from {registered} only by {sent_part}:// instead of {part}://."
    ),
    "host": gettext_lazy("It differs from {registered} only by the host, {sent_part}."),
    "port": gettext_lazy("It differs from {registered} only by the port."),
    "path": gettext_lazy("It differs from {registered} only by the path."),
    "query": gettext_lazy("It differs from {registered} only by the part after the question mark."),
    "slash": gettext_lazy("It differs from {registered} only by the slash at the end."),
    "case": gettext_lazy("It differs from {registered} only by upper and lower case."),
    "spelling": gettext_lazy(
        "It means the same as {registered}, but is written differently, and every letter counts."
    ),
}


@dataclass(frozen=True)
class Difference:
    """The registered URI that is most like the one that was sent, and what differs."""

    registered: str
    parts: tuple[str, ...]
    sent_part: str = ""  # of the only one that differs
    part: str = ""


def difference(uri: str, registered: Sequence[str]) -> Difference | None:
    """Return how a URI differs from the registered one that is most like it.

    Return None if none is registered, or if the URI cannot be read.
    """
    sent = _parts(uri)
    found = [(each, parts) for each in registered if (parts := _parts(each))]
    if sent is None or not found:
        return None
    closest, parts = min(found, key=lambda pair: _distance(sent, pair[1]))
    differing = tuple(name for name in PARTS if sent[name] != parts[name])
    if len(differing) > 1:
        return Difference(closest, differing)
    name = next(iter(differing), "")
    if not name:
        return Difference(closest, ("spelling",))
    return Difference(closest, (_finer(name, sent, parts),), sent[name], parts[name])


def in_words(uri: str, registered: Sequence[str]) -> SafeString:
    """Say as HTML how a URI differs from those that are registered."""
    if not registered:
        return conditional_escape(_("No redirect URI is registered."))
    found = difference(uri, registered)
    if found and len(found.parts) == 1:
        part, sent_part = found.part, found.sent_part
        sent_part = in_code(sent_part) if found.parts == ("host",) else sent_part
        about = {"registered": in_code(found.registered), "sent_part": sent_part, "part": part}
        return format_html(escape(ONLY[found.parts[0]]), **about)
    listed = format_html_join(", ", "{}", [[in_code(each)] for each in registered])
    return format_html(escape(_("Registered: {registered}.")), registered=listed)


def _finer(name: str, sent: dict[str, str], parts: dict[str, str]) -> str:
    if name == "path" and sent[name].rstrip("/") == parts[name].rstrip("/"):
        return "slash"
    if name in ("path", "query") and sent[name].lower() == parts[name].lower():
        return "case"
    return name


def _distance(sent: dict[str, str], parts: dict[str, str]) -> tuple[int, bool, bool]:
    """Return how unlike two URIs are: by how many parts, and whether by those that weigh most."""
    number = sum(sent[name] != parts[name] for name in PARTS)
    return number, sent["host"] != parts["host"], sent["path"] != parts["path"]


def _parts(uri: str) -> dict[str, str] | None:
    with suppress(ValueError):
        split = urlsplit(uri)
        return {
            "scheme": split.scheme,
            "host": host_of(uri),
            "port": _port(split),
            "path": split.path,
            "query": f"{split.query}#{split.fragment}",
        }
    return None


def _port(split: SplitResult) -> str:
    """Return the port, "" for the usual one. Raises `ValueError` if it is none."""
    port = str(split.port or "")
    return "" if port == USUAL_PORTS.get(split.scheme) else port
