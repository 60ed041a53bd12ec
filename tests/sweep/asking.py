"""How the sweep asks: whatever breaks becomes an answer, and whatever it did is undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from sessions import revocation


def has_failed(ask: Callable[[], Any]) -> bool:
    """Tell whether something broke: by its status, or in the middle of what is streamed."""
    with undone():
        answer = ask()
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code >= 500 or b"Traceback" in body


@contextmanager
def undone() -> Iterator[None]:
    """Undo what is done meanwhile."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    revocation._known.clear()
    revocation._revoked_here.clear()
