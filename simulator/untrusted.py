"""The same providers behind TLS, with a certificate that no client should trust."""

import datetime
import ipaddress
import ssl
import tempfile
import threading
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.handlers.wsgi import WSGIHandler

from simulator.server import bound_server

DAYS = datetime.timedelta(days=30)


@cache
def untrusted_port(host: str) -> int:
    """Return the port of a listener with a self-signed certificate, started at the first call.

    A client that can sign in there does not check certificates.
    """
    server = bound_server(host, 0, verbose=False)
    server.set_app(WSGIHandler())
    server.socket = _context(host).wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    threading.Thread(target=server.serve_forever, name="untrusted", daemon=True).start()
    return server.server_port


def _context(host: str) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain = Path(folder) / "chain.pem"
        chain.write_bytes(_pem(key) + _certificate(host, key))
        context.load_cert_chain(chain)
    return context


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _certificate(host: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a certificate that is valid except that it is self-signed."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody real")])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAYS)
        .not_valid_after(now + DAYS)
        .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
