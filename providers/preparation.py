"""What a process does before its first visitor comes: fetch what the providers publish.

Sign-ins need it all the same, and each process keeps its own. Nothing waits for this, and nothing
depends on it: what could not be fetched is fetched by the first visitor who needs it.
"""

import logging
from queue import Empty, SimpleQueue
from threading import Thread

from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest

from protocol.errors import SignInError
from providers import catalogue
from providers.clients import client_for
from providers.clients.openid_connect import OpenIDConnectClient
from providers.models import Provider

logger = logging.getLogger(__name__)
FETCHERS = 4  # threads; a provider that hangs keeps one of them for a quarter of a minute


def begin() -> Thread:
    """Fetch the documents of all enabled providers in the background, in the thread returned."""
    thread = Thread(target=_run, name="preparation", daemon=True)
    thread.start()
    return thread


def _run() -> None:
    """Fetch a few providers' documents at a time, and end when all have been asked."""
    waiting: SimpleQueue[Provider] = SimpleQueue()
    for provider in _enabled():
        waiting.put(provider)
    threads = [Thread(target=_fetch, args=(waiting,), daemon=True) for _ in range(FETCHERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _enabled() -> list[Provider]:
    """Return the providers that visitors may use, and hold no connection to the database."""
    try:
        return list(Provider.objects.filter(enabled=True))
    except DatabaseError as error:
        logger.error("no documents of providers fetched: %s", type(error).__name__)
        return []
    finally:
        connection.close()


def _fetch(waiting: "SimpleQueue[Provider]") -> None:
    while True:
        try:
            _prepare(waiting.get_nowait())
        except Empty:
            return


def _prepare(provider: Provider) -> None:
    try:
        client = client_for(provider, HttpRequest())
        if isinstance(client, OpenIDConnectClient):
            client.issuer.prepare()
    except SignInError as error:
        logger.warning("not fetched: documents of provider=%s code=%s", provider.slug, error.code)
    except catalogue.UnknownKindError:
        logger.warning("not fetched: documents of provider=%s, an unknown kind", provider.slug)
