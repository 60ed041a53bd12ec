"""Tell the visitor, the log and the admin about a `next` that was refused."""

import logging
import time

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from web.redirects import MAX_LENGTH, NextPage, Problem

logger = logging.getLogger(__name__)
KEY = "refused-origins"
KEPT = 7 * 86_400  # seconds
MOST = 20  # origins; anybody can name one
INSTEAD = "You will come to your account instead."
WORDS = {
    Problem.TOO_LONG: f"The address to which you were to go after signing in is longer than "
    f"{MAX_LENGTH:,} characters. {INSTEAD}",
    Problem.UNREADABLE: "The address to which you were to go after signing in cannot be read. "
    f"{INSTEAD}",
    Problem.OTHER_ORIGIN: "The app that sent you here is not on the list of addresses to which "
    f"this site sends people back. {INSTEAD} If you know the app, tell whoever runs this site.",
}


def words_on(page: NextPage) -> str:
    """Return what the visitor is told, "" where nothing was refused.

    The origin is for the admin: on our page it would be somebody else's advertisement.
    """
    return WORDS[page.problem] if page.problem else ""


def note_refused_next(page: NextPage) -> None:
    """Record a refused `next` for the admin; an origin once in a while, however often it comes."""
    if page.problem is Problem.OTHER_ORIGIN and _is_new(page.origin):
        logger.warning(
            "nobody is sent on to %s: it is not in ALLOWED_REDIRECT_ORIGINS", page.origin
        )
    elif page.problem is not Problem.OTHER_ORIGIN:
        logger.info("next was refused: %s", page.problem)


def tell_later(request: HttpRequest, page: NextPage) -> None:
    """Tell somebody who is signed in already, on the page to which they are sent instead."""
    if page.problem and not len(messages.get_messages(request)):
        messages.warning(request, words_on(page))


def refused_origins() -> list[str]:
    """Return the origins of the last days to which nobody was sent on, the latest first."""
    try:
        found: dict[str, float] = cache.get(KEY, {})
    except RedisError:
        return []
    return sorted(found, key=lambda origin: -found[origin])


def _is_new(origin: str) -> bool:
    """Remember the origin, and tell whether it was not known; without a cache all are new."""
    now = time.time()
    try:
        found: dict[str, float] = cache.get(KEY, {})
        latest = sorted((found | {origin: now}).items(), key=lambda item: -item[1])[:MOST]
        cache.set(KEY, {name: at for name, at in latest if at > now - KEPT}, KEPT)
    except RedisError:
        return True
    return origin not in found
