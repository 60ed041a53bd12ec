"""A program that is signed in: it holds a refresh token, and exchanges it again and again."""

import json
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from bench.provider import CLIENT_ID, code_for
from bench.sites import Provider, Site
from bench.visitors import SECONDS, SignInRefusedError, Visitor, all_at_once


class Client:
    """A program with a refresh token, over one connection that stays open."""

    def __init__(self, site: Site, provider: Provider, sub: str) -> None:
        self._site = site
        self._http = HTTPConnection("127.0.0.1", site.port, timeout=SECONDS)
        self._refresh_token = (
            self._signed_in_by_id_token(provider, sub)
            if site.app_sign_in_path
            else _signed_in_by_browser(site, sub)
        )

    def refresh(self) -> None:
        """Use the token of the answer before, and keep the one of this answer."""
        answer = self._post(self._site.refresh_path, {"refresh_token": self._refresh_token})
        successor = answer.get("data", answer)["refresh_token"]
        if successor == self._refresh_token:
            raise SignInRefusedError("the refresh token was not replaced")
        self._refresh_token = successor

    def _signed_in_by_id_token(self, provider: Provider, sub: str) -> str:
        """Sign in as an app does that has been to the provider itself."""
        token = {"client_id": CLIENT_ID, "id_token": _id_token(provider, sub)}
        body = {"provider": "demo", "process": "login", "token": token}
        answer = self._post(self._site.app_sign_in_path, body)
        refresh_token: str = answer["meta"]["refresh_token"]
        return refresh_token

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Host": f"localhost:{self._site.port}", "Content-Type": "application/json"}
        self._http.request("POST", path, json.dumps(body), headers)
        response = self._http.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status != 200:
            raise SignInRefusedError(response.status)
        return answer


def _signed_in_by_browser(site: Site, sub: str) -> str:
    visitor = Visitor(site)
    visitor.sign_in(sub)
    return visitor.cookie("refresh")


def _id_token(provider: Provider, sub: str) -> str:
    body = urlencode({"code": code_for(sub, "")}).encode()
    with urlopen(f"{provider.issuer}/token", body, timeout=SECONDS) as response:  # noqa: S310 - ours
        id_token: str = json.load(response)["id_token"]
        return id_token


@dataclass
class Refreshing:
    """Several programs at once that refresh for a while."""

    clients: list[Client]
    seconds: float
    done: list[None] = field(default_factory=list)  # appending is safe in threads

    @property
    def per_second(self) -> float:
        return len(self.done) / self.seconds

    def run(self) -> "Refreshing":
        """Let everybody refresh again and again until the time is over."""
        end = time.monotonic() + self.seconds

        def refresh(client: Client) -> None:
            while time.monotonic() < end:
                client.refresh()
                self.done.append(None)

        all_at_once(refresh, self.clients)
        return self
