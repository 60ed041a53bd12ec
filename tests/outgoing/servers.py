"""Small servers on 127.0.0.1, each of which answers as a test wants it to."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from outgoing.addresses import Address

Answer = Callable[["Server", socket.socket], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Give every connection to `answer`, in a thread of its own."""

    def __init__(self, answer: Answer, context: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.context = context
        self.accepted = 0
        self.requests: list[bytes] = []
        self.stopped = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def read_request(self, connection: socket.socket) -> bytes:
        """Return the next request's head, or nothing when the client is gone."""
        received = b""
        while b"\r\n\r\n" not in received:
            if not (data := connection.recv(65_536)):
                return b""
            received += data
        self.requests.append(received)
        return received

    def close(self) -> None:
        self.stopped.set()
        for each in [self._listening, *self._connections]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.accepted += 1
                self._connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(5)
            if self.context is None:
                self.answer(self, connection)
            else:
                with self.context.wrap_socket(connection, server_side=True) as secured:
                    self.answer(self, secured)


def always(data: bytes) -> Answer:
    """Answer every request of a connection with the same bytes."""

    def answer(server: Server, connection: socket.socket) -> None:
        while server.read_request(connection):
            connection.sendall(data)

    return answer


def once(data: bytes) -> Answer:
    """Answer one request, then close the connection."""

    def answer(server: Server, connection: socket.socket) -> None:
        if server.read_request(connection):
            connection.sendall(data)

    return answer


def drip(head: bytes, drop: bytes = b"x") -> Answer:
    """Answer with `head`, then with one drop at a time for ever."""

    def answer(server: Server, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(head)
        while not server.stopped.wait(0.02):
            connection.sendall(drop)

    return answer


def silence(server: Server, connection: socket.socket) -> None:
    """Accept, and say nothing."""
    server.stopped.wait(5)


def pointing_to(*addresses: str) -> Callable[[str, int, float], list[Address]]:
    """Return a resolver that knows one answer for every name."""

    def resolve(host: str, port: int, limit: float) -> list[Address]:
        return [
            Address(socket.AF_INET6 if ":" in address else socket.AF_INET, (address, port))
            for address in addresses
        ]

    return resolve


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, str]:
    """Return a server's TLS context for these names, and the bundle to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = ec.generate_private_key(ec.SECP256R1())
    root = _signed(_name("Test Authority"), authority.public_key(), authority, is_ca=True)
    leaf = _signed(_name("Test Server"), key.public_key(), authority, names=names)
    bundle, chain = folder / "authority.pem", folder / "server.pem"
    bundle.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(_pem(key) + leaf.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, str(bundle)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _signed(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    authority: ec.EllipticCurvePrivateKey,
    names: tuple[str, ...] = (),
    *,
    is_ca: bool = False,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_name("Test Authority"))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(_key_usage(is_ca=is_ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
            critical=False,
        )
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general(name) for name in names]), critical=False
        )
    return builder.sign(authority, hashes.SHA256())


def _key_usage(*, is_ca: bool) -> x509.KeyUsage:
    """Return what RFC 5280 §4.2.1.3 asks for, and newer Pythons insist on."""
    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
