"""An OpenID Provider for load: it answers at once or after a given latency, and keeps no state.

There is no authorization endpoint to visit: a visitor of the benchmark makes the code, which says
who signs in and carries the nonce. Issuers under /hang/ never answer at the token endpoint.
"""

import argparse
import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

CLIENT_ID = "bench"
CLIENT_SECRET = "a-secret-of-the-benchmark"  # noqa: S105 - opens nothing
HANG_SECONDS = 30
MAX_BODY = 65_536  # bytes


def code_for(sub: str, nonce: str) -> str:
    """Return the code of somebody who has been asked and said yes."""
    return _base64url(json.dumps([sub, nonce]).encode())


@dataclass
class Answers:
    """Every answer, and how many of them have been given."""

    origin: str
    latency: float = 0.0  # seconds before each answer to the site
    asked: int = 0
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    async def answer(self, method: str, target: str, authorization: str, body: bytes) -> bytes:
        path, _, query = target.partition("?")
        if path == "/control":
            return self._control(query)
        self.asked += 1
        if path.startswith("/hang/") and method == "POST":
            await asyncio.sleep(HANG_SECONDS)
        elif self.latency:
            await asyncio.sleep(self.latency)
        return json.dumps(self._document(path, authorization, body)).encode()

    def _control(self, query: str) -> bytes:
        """Set the latency, and say how often the provider was asked since the last time."""
        for value in parse_qs(query).get("latency", []):
            self.latency = float(value)
        asked, self.asked = self.asked, 0
        return json.dumps({"asked": asked}).encode()

    def _document(self, path: str, authorization: str, body: bytes) -> dict[str, Any]:
        issuer, name = path.rsplit("/", 1)
        match name:
            case "openid-configuration":
                return self._metadata(self.origin + issuer.removesuffix("/.well-known"))
            case "jwks":
                return {"keys": [self._jwk()]}
            case "token":
                return self._token(self.origin + issuer, body)
            case _:
                return _profile(authorization.removeprefix("Bearer "))

    def _metadata(self, issuer: str) -> dict[str, Any]:
        """Return the discovery document (OpenID Connect Discovery §3)."""
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _jwk(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        x, y = (_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y} | {"kid": "bench", "alg": "ES256"}

    def _token(self, issuer: str, body: bytes) -> dict[str, Any]:
        """Answer RFC 6749 §5.1; name and address are left to userinfo, as many issuers do."""
        (code,) = parse_qs(body.decode())["code"]
        sub, nonce = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
        now = int(time.time())
        claims = {"iss": issuer, "aud": CLIENT_ID, "sub": sub, "iat": now, "exp": now + 300}
        return {
            "access_token": sub,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self._signed(claims | ({"nonce": nonce} if nonce else {})),
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"typ": "JWT", "alg": "ES256", "kid": "bench"}
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _profile(sub: str) -> dict[str, Any]:
    return {
        "sub": sub,
        "name": f"Visitor {sub}",
        "email": f"{sub}@example.com",
        "email_verified": True,
    }


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def serve(port: int) -> None:
    """Answer HTTP/1.1 with connections kept open, and as little of it as two clients need."""
    answers = Answers(f"http://127.0.0.1:{port}")

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                body = await answers.answer(*await _request(reader))
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    print(f"ready {answers.origin}", flush=True)
    await server.serve_forever()


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, str, bytes]:
    """Read method, target, Authorization and body of the next request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in head)}
    length = min(int(headers.get("content-length", 0)), MAX_BODY)
    method, target, _ = head[0].split(" ", 2)
    return method, target, headers.get("authorization", ""), await reader.readexactly(length)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    asyncio.run(serve(parser.parse_args().port))
