"""An OpenID Provider for load: it answers at once or after a given latency, and keeps no state.

There is no authorization endpoint to visit. A visitor of the benchmark makes the code, which says
who signs in and carries the nonce. Issuers under /hang/ never answer at the token endpoint.
"""

import asyncio
import base64
import json
import sys
import time
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

CLIENT_ID = "bench"
CLIENT_SECRET = "a-secret-of-the-benchmark"  # noqa: S105 - opens nothing
HANG_SECONDS = 30
MAX_BODY = 65_536  # bytes
JWK = {"kid": "bench", "alg": "ES256"}
METADATA = {  # beside the endpoints (OpenID Connect Discovery §3)
    "response_types_supported": ["code"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["ES256"],
    "token_endpoint_auth_methods_supported": ["client_secret_post"],
    "code_challenge_methods_supported": ["S256"],
}
ENDPOINTS = {f"{each}_endpoint": each for each in ("authorization", "token", "userinfo")}
ENDPOINTS |= {"jwks_uri": "jwks"}


def code_for(sub: str, nonce: str) -> str:
    """Return the code of somebody who has agreed to sign in."""
    return base64.urlsafe_b64encode(json.dumps([sub, nonce]).encode()).rstrip(b"=").decode()


class LoadProvider:
    """All responses, and how many requests there were."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._latency = 0.0  # seconds before each response to the site
        self._requests = 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._jwk = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True) | JWK

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve the small part of HTTP/1.1 that the sites need. Keep the connection open."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                body = await self._respond(*await _request(reader))
                head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        writer.close()

    async def _respond(self, method: str, target: str, authorization: str, body: bytes) -> bytes:
        path, _, query = target.partition("?")
        if path == "/control":
            return self._control(query)
        self._requests += 1
        hangs = path.startswith("/hang/") and method == "POST"
        if seconds := HANG_SECONDS if hangs else self._latency:
            await asyncio.sleep(seconds)
        return json.dumps(self._document(path, authorization, body)).encode()

    def _control(self, query: str) -> bytes:
        """Set the latency, and return the number of requests since the last time."""
        for value in parse_qs(query).get("latency", []):
            self._latency = float(value)
        requests, self._requests = self._requests, 0
        return json.dumps({"requests": requests}).encode()

    def _document(self, path: str, authorization: str, body: bytes) -> dict[str, Any]:
        folder, name = path.rsplit("/", 1)
        issuer = self._origin + folder.removesuffix("/.well-known")
        match name:
            case "openid-configuration":
                endpoints = {key: f"{issuer}/{end}" for key, end in ENDPOINTS.items()}
                return {"issuer": issuer} | endpoints | METADATA
            case "jwks":
                return {"keys": [self._jwk]}
            case "token":
                return self._token(issuer, body)
            case _:
                sub = authorization.removeprefix("Bearer ")
                address = {"email": f"{sub}@example.com", "email_verified": True}
                return {"sub": sub, "name": f"Visitor {sub}"} | address

    def _token(self, issuer: str, body: bytes) -> dict[str, Any]:
        """Issue tokens (RFC 6749 §5.1); name and address are left to userinfo."""
        (code,) = parse_qs(body.decode())["code"]
        sub, nonce = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
        now = int(time.time())
        claims = {"iss": issuer, "aud": CLIENT_ID, "sub": sub, "iat": now, "exp": now + 300}
        claims |= {"nonce": nonce} if nonce else {}
        id_token = jwt.encode(claims, self._key, "ES256", {"kid": "bench"})
        access = {"access_token": sub, "token_type": "Bearer", "expires_in": 300}
        return access | {"id_token": id_token}


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, str, bytes]:
    """Read method, target, Authorization and body of the next request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in head)}
    length = min(int(headers.get("content-length", 0)), MAX_BODY)
    method, target, _ = head[0].split(" ", 2)
    return method, target, headers.get("authorization", ""), await reader.readexactly(length)


async def serve(port: int) -> None:
    provider = LoadProvider(f"http://127.0.0.1:{port}")
    server = await asyncio.start_server(provider.connected, "127.0.0.1", port)
    print(f"ready http://127.0.0.1:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
