"""The words of a page, without its markup."""

import re


def words_of(page: object) -> str:
    content: bytes = page.content  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", content.decode())
