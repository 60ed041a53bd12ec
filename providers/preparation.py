"""Fetch what the providers publish, before the first visitor comes.

Sign-ins need these documents, and each process keeps its own. Nothing waits for this, and nothing
depends on it. If a fetch fails, the first visitor who needs the document fetches it.
"""

import logging
from threading import Semaphore, Thread

from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest

from protocol.errors import SignInError
from providers import catalogue
from providers.clients import client_for
from providers.clients.openid_connect import OpenIDConnectClient
from providers.models import Provider

logger = logging.getLogger(__name__)
AT_ONCE = 4  # providers; one that hangs takes a quarter of a minute
FETCHERS = Semaphore(AT_ONCE)


def begin() -> Thread:
    """Fetch the documents of all enabled providers in the background. Returns that thread."""
    thread = Thread(target=_run, name="preparation", daemon=True)
    thread.start()
    return thread


def _run() -> None:
    """Fetch a few providers' documents at a time, and end when all have been asked."""
    try:
        enabled = list(Provider.objects.filter(enabled=True))
    except DatabaseError as error:
        logger.error("no documents of providers fetched: %s", type(error).__name__)
        return
    finally:
        connection.close()
    fetches = [Thread(target=_fetch, args=(each,), daemon=True) for each in enabled]
    for thread in fetches:
        thread.start()
    for thread in fetches:
        thread.join()


def _fetch(provider: Provider) -> None:
    try:
        client = client_for(provider, HttpRequest())
        if isinstance(client, OpenIDConnectClient):
            with FETCHERS:
                client.issuer.prepare()
    except SignInError as error:
        logger.warning("not fetched: documents of provider=%s code=%s", provider.slug, error.code)
    except catalogue.UnknownKindError:
        logger.warning("not fetched: documents of provider=%s, an unknown kind", provider.slug)
