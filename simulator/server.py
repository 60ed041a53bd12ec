"""Django's threaded development server, with connections that stay open and can be told apart."""

import itertools
import socketserver
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

CONNECTION = "simulator.connection"  # WSGI environment: the number of the TCP connection


class RequestHandler(WSGIRequestHandler):
    """One connection: numbered, without Nagle's delay, and silent unless asked to talk."""

    disable_nagle_algorithm = True
    verbose = False
    _numbers = itertools.count(1)

    def setup(self) -> None:
        super().setup()
        self.connection_number = next(self._numbers)

    def get_environ(self) -> dict[str, Any]:
        return super().get_environ() | {CONNECTION: self.connection_number}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print method and path; a query may hold a code or a state."""
        if self.verbose:
            print(self.command, self.path.partition("?")[0], flush=True)


class VerboseRequestHandler(RequestHandler):
    verbose = True


class Server(ThreadedWSGIServer):
    """A server on one address; a burst of a hundred sign-ins finds room in its queue."""

    request_queue_size = 256

    @property
    def origin(self) -> str:
        """Return where browsers and clients on this machine find the server."""
        host = "127.0.0.1" if self.server_name in ("0.0.0.0", "::") else self.server_name  # noqa: S104
        return (
            f"http://[{host}]:{self.server_port}"
            if ":" in host
            else f"http://{host}:{self.server_port}"
        )

    def server_bind(self) -> None:
        """Bind without asking DNS for our own name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


def bound_server(host: str, port: int, *, verbose: bool) -> Server:
    """Return a server that accepts connections and has no application yet."""
    handler = VerboseRequestHandler if verbose else RequestHandler
    return Server((host, port), handler, ipv6=":" in host)
