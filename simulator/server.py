"""Django's threaded development server, with numbered connections that stay open."""

import itertools
import signal
import socketserver
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

from django.core.servers import basehttp

from simulator.wire import RawResponse

CONNECTION = "simulator.connection"  # WSGI environment: the number of the TCP connection
LONGEST_LINE = 65_536  # bytes, as Django has it


class ServerHandler(basehttp.ServerHandler):
    """One request. A response may write to the connection itself, and close it."""

    result: Any  # the response of Django
    request_handler: "RequestHandler"

    def finish_response(self) -> None:
        response = self.result
        if not isinstance(response, RawResponse):
            super().finish_response()
            return
        self.close()
        self.request_handler.close_connection = True
        with suppress(OSError):  # the peer has hung up, as it should
            response.write_to(self.request_handler.connection)


class RequestHandler(basehttp.WSGIRequestHandler):
    """One connection: numbered, without Nagle's delay, and without a log."""

    connection: Any  # a socket, with or without TLS around it
    server: "Server"
    disable_nagle_algorithm = True
    verbose = False
    _numbers = itertools.count(1)

    def setup(self) -> None:
        super().setup()
        self.connection_number = next(self._numbers)

    def handle_one_request(self) -> None:
        """Do as Django's does, with our own handler."""
        self.raw_requestline = self.rfile.readline(LONGEST_LINE + 1)
        if len(self.raw_requestline) > LONGEST_LINE:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
        elif self.parse_request():
            handler = ServerHandler(self.rfile, self.wfile, self.get_stderr(), self.get_environ())
            handler.request_handler = self
            application: Any = self.server.get_app()
            handler.run(application)

    def get_environ(self) -> dict[str, Any]:
        return super().get_environ() | {CONNECTION: self.connection_number}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print method and path; a query may hold a code or a state."""
        if self.verbose:
            print(self.command, self.path.partition("?")[0], flush=True)


class VerboseRequestHandler(RequestHandler):
    verbose = True


class Server(basehttp.ThreadedWSGIServer):
    """A server on one address, whose queue has room for a hundred sign-ins at once."""

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

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a peer that hangs up or does not trust us: tests do that on purpose."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def bound_server(host: str, port: int, *, verbose: bool) -> Server:
    """Return a server that accepts connections and has no application yet."""
    handler = VerboseRequestHandler if verbose else RequestHandler
    return Server((host, port), handler, ipv6=":" in host)


def serve(server: Server) -> None:
    """Answer until SIGINT or SIGTERM; both are a normal end."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    try:
        print(f"ready {server.origin}", flush=True)
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
