"""What can be done with a row, beside the title of its page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tool:
    """A link to a page; or a button that does at once, by POST, what does no harm."""

    address: str
    words: str
    is_at_once: bool = False
