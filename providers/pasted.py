"""What somebody pastes, freed of what came along unseen."""

import unicodedata

INSIDE = "It has {} inside. Copy it again, from its first character to its last."


def pasted(text: str) -> str:
    """Return `text` without invisible characters, and without white space around it.

    Pages and mails that are copied from bring zero-width spaces, marks of direction and line ends.
    """
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return visible.strip()


def problem_of_credential(text: str) -> str:
    """Say what cannot be in a client ID or client secret (RFC 6749 appendix A.1, A.2), or "".

    A space can be: some are words that somebody has chosen.
    """
    if any(char.isspace() and char != " " for char in text):
        return INSIDE.format("a line end or a tab")
    if not (text.isascii() and text.isprintable()):
        return INSIDE.format("a character that no such value has")
    return ""
