"""A visitor in a real browser, at an OpenID Provider that is not ours."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Demo, do_without, run_beside
from tests.browser.visitor import heading, press
from tests.judges.node_process import NodeJudge, start_node
from tests.npm import NotInstalledError

pytestmark = pytest.mark.browser
SECRET = "as long as it has to be, with % and + and : and ~"
PROVIDER_COMMANDS = """
import json, sys
from django.core.management import call_command
for arguments in json.loads(sys.argv[1]):
    call_command("provider", *arguments)
"""


@dataclass(frozen=True)
class Way:
    """A way of being registered at the judge, and the slug of the provider that is."""

    auth_method: str
    algorithm: str
    requires_pkce: bool

    @property
    def slug(self) -> str:
        method = self.auth_method.rpartition("_")[2]
        pkce = "pkce" if self.requires_pkce else "free"
        return f"judge-{method}-{self.algorithm.lower()}-{pkce}"

    def client(self, demo: Demo) -> dict[str, Any]:
        """Return what the judge is told of us (RFC 7591 §2)."""
        return {
            "client_id": self.slug,
            "client_secret": SECRET,
            "redirect_uris": [self.redirect_uri(demo)],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": self.auth_method,
            "id_token_signed_response_alg": self.algorithm,
        }

    def redirect_uri(self, demo: Demo) -> str:
        return f"{demo.url}/sign-in/{self.slug}/callback/"


# Every two of the six values meet in one of these.
WAYS = [
    Way("client_secret_basic", "RS256", requires_pkce=True),
    Way("client_secret_basic", "ES256", requires_pkce=False),
    Way("client_secret_post", "RS256", requires_pkce=False),
    Way("client_secret_post", "ES256", requires_pkce=True),
]
in_every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.slug)


@pytest.fixture(scope="module")
def judge(demo: Demo) -> Iterator[NodeJudge]:
    """Start the judge; for as long as it runs, the demo has a provider for each way."""
    clients = [way.client(demo) for way in WAYS]
    try:
        with start_node(clients, [way.slug for way in WAYS if way.requires_pkce]) as judge:
            manage(demo, [addition(judge, way) for way in WAYS])
            yield judge
            manage(demo, [["remove", way.slug, "--with-accounts"] for way in WAYS])
    except NotInstalledError as reason:
        do_without(str(reason))


def addition(judge: NodeJudge, way: Way) -> list[str]:
    """Return the arguments of `manage.py provider` that add the judge."""
    registered = ["--client-id", way.slug, "--token-endpoint-auth-method", way.auth_method]
    issuer = ["--kind", "openid_connect", "--base-url", judge.issuer, "--name", way.slug]
    issuer += ["--vouches-for", "judge.example"]
    return ["add", way.slug, *issuer, *registered]


def manage(demo: Demo, calls: list[list[str]]) -> None:
    """Run `manage.py provider` with the demo's settings, for all calls in one process."""
    run_beside(demo, PROVIDER_COMMANDS, json.dumps(calls), SIGNET_CLIENT_SECRET=SECRET)


@in_every_way
def test_signs_in(
    page: Page, context: BrowserContext, demo: Demo, judge: NodeJudge, way: Way
) -> None:
    page.goto("/sign-in/?next=/account/")
    press(page, way.slug)
    page.get_by_label("Who are you?").fill(f"alice-{way.slug}")
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(f"{demo.url}/account/")
    assert heading(page) == "Welcome, Alice Archer"
    claims = context.request.get("/api/session").json()
    told = (claims["idp"], claims["email"], claims["email_verified"])
    assert told == (way.slug, f"alice-{way.slug}@judge.example", True)

    in_body = ["client_id", "client_secret"] if way.auth_method == "client_secret_post" else []
    assert judge.last_token_request(way.slug) == {
        "authorization": "" if in_body else "Basic",
        "parameters": sorted(["code", "code_verifier", "grant_type", "redirect_uri", *in_body]),
        "id_token_alg": way.algorithm,
        "email_in_id_token": False,  # so the userinfo endpoint was asked
    }


def test_a_visitor_who_says_no_is_told_so_and_can_try_again(
    page: Page, demo: Demo, judge: NodeJudge
) -> None:
    slug = WAYS[0].slug
    page.goto("/sign-in/?next=/account/")
    press(page, slug)
    page.get_by_role("button", name="Cancel").click()
    assert heading(page) == "Sign-in cancelled"

    press(page, slug, "Try again with")
    page.get_by_label("Who are you?").fill("bob")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{demo.url}/account/")


@in_every_way
def test_the_judge_asks_for_pkce_exactly_where_it_was_told_to(
    demo: Demo, judge: NodeJudge, way: Way
) -> None:
    sent_to = judge.authorize(
        client_id=way.slug,
        redirect_uri=way.redirect_uri(demo),
        response_type="code",
        scope="openid",
        state="s",
    )
    is_refused = sent_to.startswith(demo.url) and "error=invalid_request" in sent_to
    assert is_refused == way.requires_pkce
