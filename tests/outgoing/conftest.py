import contextlib
import os
import ssl
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from django.conf import settings

from outgoing import AddressPolicy, ProviderSession
from tests.outgoing.servers import Answer, Server

if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
    settings.configure(OUTGOING_PROXY="")

Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with contextlib.ExitStack() as servers:

        def start(answer: Answer, context: ssl.SSLContext | None = None) -> Server:
            server = Server(answer, context)
            servers.callback(server.close)
            return server

        yield start


@pytest.fixture
def session() -> Iterator[ProviderSession]:
    """A session for a provider on this machine."""
    session = ProviderSession(AddressPolicy(allow_private=False, allow_loopback=True))
    yield session
    session.close()


@pytest.fixture
def quick() -> Iterator[None]:
    """The test ends within two seconds, so nothing waited for a peer."""
    began = monotonic()
    yield
    assert monotonic() - began < 2
