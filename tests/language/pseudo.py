"""A language in which every text that is looked up comes back in marks: `⟦Sign out⟧`.

What a page shows outside the marks was never looked up, so no translation could reach it. The
language has a decimal comma, which no attribute of a picture understands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import formats
from django.utils.translation import trans_real

from oauth_client.sign_in_page import _kept

OPENS, CLOSES = "⟦", "⟧"
CONTEXT = trans_real.CONTEXT_SEPARATOR


def marked(text: str) -> str:
    return f"{OPENS}{text.rpartition(CONTEXT)[2]}{CLOSES}"


class Pseudo(trans_real.DjangoTranslation):
    """Knows every text, and marks it. Placeholders stay as they are."""

    def __init__(self) -> None:
        super().__init__("en")
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return marked(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add(msgid1)
        return marked(msgid1 if n == 1 else msgid2)


@contextmanager
def pseudo_language() -> Iterator[Pseudo]:
    """Put the language in the place of English."""
    pseudo = Pseudo()
    before: dict[str, Any] = dict(trans_real._translations)  # type: ignore[attr-defined]
    trans_real._translations["en"] = pseudo  # type: ignore[attr-defined]
    trans_real._default = None  # type: ignore[attr-defined]
    trans_real.deactivate()
    formats.reset_format_cache()
    formats._format_cache["DECIMAL_SEPARATOR", "en"] = ","  # type: ignore[attr-defined]
    _kept.cache_clear()
    try:
        yield pseudo
    finally:
        trans_real._translations.clear()  # type: ignore[attr-defined]
        trans_real._translations.update(before)  # type: ignore[attr-defined]
        trans_real._default = None  # type: ignore[attr-defined]
        trans_real.deactivate()
        formats.reset_format_cache()
        _kept.cache_clear()
