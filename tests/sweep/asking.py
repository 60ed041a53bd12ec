"""How the sweep asks: whatever breaks becomes an answer, and whatever it did is undone."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from sessions import revocation


def has_failed(ask: Callable[[], Any]) -> bool:
    """Tell whether something broke: by its status, or in the middle of what is streamed."""
    with transaction.atomic():
        answer = ask()
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    revocation._known.clear()
    revocation._revoked_here.clear()
    return answer.status_code >= 500 or b"Traceback" in body
