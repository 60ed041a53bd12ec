"""An OpenID Provider of the library idpyoidc: `pkce` requires PKCE, `plain` knows nothing of it.

The library reads, judges and answers every message. Here is only the HTTP around it, and who it is
that signs in: the `person` in a form posted to the authorization endpoint.
"""

import json
import secrets
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptojwt.key_jar import init_key_jar
from cryptojwt.utils import b64d
from idpyoidc.server import Server
from idpyoidc.server.configure import OPConfiguration
from idpyoidc.server.exception import ClientAuthenticationError

from tests.judges.registration import (
    ALGORITHMS,
    AUTH_METHODS,
    PEOPLE,
    REDIRECT_URI,
    SECRET,
    client_id,
)

LIBRARY = "idpyoidc.server"
KEYS = [{"type": "RSA", "use": ["sig"]}, {"type": "EC", "crv": "P-256", "use": ["sig"]}]
PKCE = {
    "pkce": {
        "function": f"{LIBRARY}.oauth2.add_on.pkce.add_support",
        "kwargs": {"essential": True, "code_challenge_methods": {"S256": None}},
    }
}


def provider(issuer: str, add_on: dict[str, Any]) -> Server:
    """Return an OpenID Provider with a client for each way of being registered."""
    keyjar = init_key_jar(key_defs=KEYS, issuer_id="")
    keyjar.import_jwks(keyjar.export_jwks(private=True, issuer_id=""), issuer)
    server = Server(OPConfiguration(configuration(issuer, add_on)), keyjar=keyjar)
    server.context.provider_info["jwks_uri"] = f"{issuer}/jwks"
    for auth_method in AUTH_METHODS:
        for algorithm in ALGORITHMS:
            server.context.cdb[client_id(auth_method, algorithm)] = {
                "client_secret": SECRET,
                "redirect_uris": [(REDIRECT_URI, {})],
                "response_types_supported": ["code"],
                "token_endpoint_auth_method": auth_method,
                "token_endpoint_client_authn_method": [auth_method],  # and no other is accepted
                "id_token_signed_response_alg": algorithm,
                "allowed_scopes": ["openid", "profile", "email"],
            }
    return server


def configuration(issuer: str, add_on: dict[str, Any]) -> dict[str, Any]:
    cookies = {"session": "session", "register": "register", "session_management": "management"}
    return {
        "issuer": issuer,
        "preference": {"subject_types_supported": ["public"]},
        "token_handler_args": {
            "code": {"lifetime": 60},
            "token": {"lifetime": 600},
            "id_token": {"class": f"{LIBRARY}.token.id_token.IDToken", "kwargs": {}},
        },
        "endpoint": {
            "provider_config": endpoint("provider_config.ProviderConfiguration", "discovery"),
            "authorization": endpoint("authorization.Authorization", "authorization"),
            "token": endpoint("token.Token", "token", list(AUTH_METHODS)),
            "userinfo": endpoint("userinfo.UserInfo", "userinfo", ["bearer_header"]),
        },
        "authentication": {
            "anybody": {
                "acr": "none",
                "class": f"{LIBRARY}.user_authn.user.NoAuthn",
                "kwargs": {"user": ""},
            }
        },
        "userinfo": {"class": f"{LIBRARY}.user_info.UserInfo", "kwargs": {"db": PEOPLE}},
        "cookie_handler": {
            "class": f"{LIBRARY}.cookie_handler.CookieHandler",
            "kwargs": {"sign_key": secrets.token_hex(24), "name": cookies},
        },
        "add_on": add_on,
    }


def endpoint(name: str, path: str, client_authn_method: list[str] | None = None) -> dict[str, Any]:
    methods = {"client_authn_method": client_authn_method} if client_authn_method else {}
    return {"path": path, "class": f"{LIBRARY}.oidc.{name}", "kwargs": methods}


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the endpoint of its path, and sends what that answers."""

    server: "JudgeServer"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/.well-known/openid-configuration":
            self._json(self.provider.context.provider_info)
        elif path == "/jwks":
            self._json(self.provider.keyjar.export_jwks(issuer_id=""))
        elif path == "/authorization":
            self._send(200, "text/html", "Who is it?")
        elif path == "/seen":
            self._json(self.server.seen)
        else:
            self._answer(path, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(parse_qsl(body))
        path = urlsplit(self.path).path
        if path == "/authorization":
            self._authorize(form["person"])
        else:
            self._answer(path, form)

    @property
    def provider(self) -> Server:
        return self.server.provider

    def _authorize(self, person: str) -> None:
        self.provider.context.authn_broker.db["anybody"]["method"].user = person
        authorization = self.provider.get_endpoint("authorization")
        request = authorization.parse_request(urlsplit(self.path).query)
        answer = authorization.do_response(**authorization.process_request(request))
        self.send_response(303)
        self.send_header("Location", answer["response"])
        self.end_headers()

    def _answer(self, path: str, form: dict[str, str]) -> None:
        endpoint = self.provider.get_endpoint(path.removeprefix("/"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            request = endpoint.parse_request(form, http_info={"headers": headers})
        except ClientAuthenticationError:
            self._json({"error": "invalid_client"}, 401)
            return
        if "error" in request:
            self._json(request.to_dict(), 400)
            return
        answer = endpoint.do_response(request=request, **endpoint.process_request(request))
        if path == "/token":
            self._remember(form, answer["response"])
        self._send(200, "application/json", answer["response"])

    def _remember(self, form: dict[str, str], response: str) -> None:
        """Keep what a test may ask for: how the secret came, and how the ID token is signed."""
        header, _, _ = json.loads(response)["id_token"].partition(".")
        self.server.seen = {
            "authorization": self.headers.get("Authorization", "").partition(" ")[0],
            "parameters": sorted(form),
            "id_token_alg": json.loads(b64d(header.encode()))["alg"],
        }

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(status, "application/json", json.dumps(value))

    def _send(self, status: int, content_type: str, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(body.encode())


class JudgeServer(HTTPServer):
    """Listens on a free port of this machine; one request at a time."""

    def __init__(self, add_on: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.provider = provider(self.url, add_on)
        self.seen: dict[str, Any] = {}


def main(variant: str) -> None:
    server = JudgeServer({"pkce": PKCE, "plain": {}}[variant])
    print(f"ready {server.url}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
