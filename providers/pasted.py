"""Clean what somebody pastes of characters that came along unseen."""

import unicodedata

INSIDE = "It has {} inside. Copy it again, from its first character to its last."


def pasted(text: str) -> str:
    """Return `text` without invisible characters, and without white space around it.

    Copies from pages and mails have zero-width spaces, direction marks and line ends.
    """
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return visible.strip()


def problem_of_credential(text: str) -> str:
    """Say which character no client ID or secret has (RFC 6749 appendix A.1, A.2); "" for none.

    A space is allowed: some secrets are words that somebody has chosen.
    """
    if any(char.isspace() and char != " " for char in text):
        return INSIDE.format("a line end or a tab")
    if not (text.isascii() and text.isprintable()):
        return INSIDE.format("a character that no such value has")
    return ""
