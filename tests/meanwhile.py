"""A provider that takes its time over an answer, in which something else happens here."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
import responses
from django.http import HttpResponse
from django.test import Client

from tests.fakes import ISSUER, FakeGitHub, FakeIssuer, begin, come_back

Meanwhile = Callable[[], object]


@dataclass
class SlowIssuer:
    """An OpenID Provider that answers the token request when something else has been done."""

    answers: responses.RequestsMock
    claims: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.issuer = FakeIssuer(self.answers, claims=self.claims)
        self.issuer.publish()

    def sign_in(self, browser: Client, meanwhile: Meanwhile = dict) -> HttpResponse:
        """Press the button and come back; returns the answer of the redirect URI."""
        return self.come_back(browser, begin(browser), meanwhile)

    def come_back(
        self, browser: Client, parameters: dict[str, str], meanwhile: Meanwhile = dict
    ) -> HttpResponse:
        """Come back from an authorization request with these parameters."""
        with self._answering(parameters["nonce"], meanwhile):
            return come_back(browser, code="c", state=parameters["state"])

    @contextmanager
    def _answering(self, nonce: str, meanwhile: Meanwhile) -> Iterator[None]:
        def answer(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            meanwhile()
            token = {"access_token": "an-access-token", "token_type": "Bearer"}
            body = json.dumps(token | {"id_token": self.issuer.id_token(nonce)})
            return 200, {"Content-Type": "application/json"}, body

        self.answers.add_callback("POST", f"{ISSUER}/token", answer)
        yield
        self.answers.remove("POST", f"{ISSUER}/token")


@dataclass
class SlowGitHub:
    """A GitHub that says where somebody is a member when something else has been done.

    Who it is, whose account that is here and which rules there are has been asked by then.
    """

    answers: responses.RequestsMock
    organisation: str = "acme"

    def sign_in(self, browser: Client, meanwhile: Meanwhile = dict) -> HttpResponse:
        FakeGitHub(self.answers).vouch()
        orgs = "https://api.github.com/user/orgs"

        def answer(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            meanwhile()
            return (
                200,
                {"Content-Type": "application/json"},
                f'[{{"login": "{self.organisation}"}}]',
            )

        self.answers.add_callback("GET", orgs, answer)
        response = come_back(browser, "github", code="c", state=begin(browser, "github")["state"])
        self.answers.remove("GET", orgs)
        return response
