from dataclasses import replace
from datetime import timedelta
from html import unescape
from ipaddress import ip_network
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import Settings

from dashboard.checklist import WORDS, Item, checklist, database
from oidc_provider.models import App
from providers.models import Provider
from sessions.models import Session, User
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.conftest import HOST
from tests.dashboard.rows import came_back
from tests.fakes import add_provider
from tests.sessions.outage import cache_gone

pytestmark = pytest.mark.django_db


def seen_by(user: User, **headers: str) -> list[Item]:
    request = RequestFactory().get("/admin/", headers={"host": HOST} | headers)
    request.user = user
    return checklist(request)


def item(name: str, user: User, **headers: str) -> Item:
    found = next(item for item in seen_by(user, **headers) if item.name == name)
    return replace(found, words=unescape(strip_tags(found.words)))


def test_of_a_fresh_site_what_is_open_is_what_visitors_need(alice: User) -> None:
    found = seen_by(alice)
    is_open = [item.name for item in found if item.state == "open"]
    assert is_open == ["Sign-in provider", "First sign-in", "Signing key"]
    assert len(found) == 8


@pytest.mark.parametrize("item", WORDS.values(), ids=WORDS)
def test_every_verdict_has_a_state(item: dict[str, Any]) -> None:
    verdicts = [verdict for verdict in item.values() if isinstance(verdict, dict)]
    assert {verdict["state"] for verdict in verdicts} <= {"done", "fine", "open"}


def test_all_is_done_after_the_first_sign_in(alice: User) -> None:
    add_provider(access_decided=True)
    came_back(provider="demo")
    keyring.ensure_signing_key()
    assert "open" not in [item.state for item in seen_by(alice)]


def test_an_app_is_suggested_once_people_can_sign_in_until_there_is_one(alice: User) -> None:
    def suggested() -> list[str]:
        return [each.state for each in seen_by(alice) if each.name == "Apps"]

    add_provider(access_decided=True)
    assert suggested() == []
    came_back(provider="demo")
    assert suggested() == ["fine"]
    App.objects.create(slug="grafana", name="Grafana")
    assert suggested() == []


def test_an_admin_with_a_password_is_told_of_the_other_way(alice: User) -> None:
    add_provider()
    assert item("Admin", alice).state == "fine"
    assert item("Admin", alice).url == "/account/connections/"
    SocialAccount.objects.create(user=alice, provider="github", uid="1")
    assert item("Admin", alice).state == "done"


@pytest.mark.parametrize("name", ["Admin", "First sign-in"])
def test_nobody_is_sent_to_connect_before_there_is_a_provider(alice: User, name: str) -> None:
    add_provider(enabled=False)
    assert item(name, alice).url == ""
    Provider.objects.update(enabled=True)
    assert item(name, alice).url == "/account/connections/"


@pytest.mark.parametrize(
    ("base_url", "headers", "state"),
    [
        pytest.param("http://localhost:8000", {}, "fine", id="this machine"),
        pytest.param(
            "https://signet.example", {"host": "signet.example"}, "done", id="https, and there"
        ),
        pytest.param(
            "https://signet.example",
            {"host": "signet.example", "x-forwarded-proto": "http"},
            "open",
            id="http at the proxy",
        ),
        pytest.param(
            "https://signet.example", {"host": "www.signet.example"}, "open", id="another host"
        ),
    ],
)
def test_the_public_address_is_compared_with_the_browsers(
    alice: User, settings: Settings, base_url: str, headers: dict[str, str], state: str
) -> None:
    settings.BASE_URL, settings.ALLOWED_HOSTS = base_url, ["*"]
    assert item("Public address", alice, **headers).state == state


def test_names_both_addresses_where_they_differ(alice: User) -> None:
    words = item("Public address", alice, host="127.0.0.1:8000").words
    assert "http://localhost:8000" in words
    assert "http://127.0.0.1:8000" in words


@pytest.mark.parametrize(
    ("slugs", "words"),
    [
        (["one"], "Visitors can sign in with One."),
        (["one", "two", "three", "four"], "and more."),
    ],
)
def test_names_the_providers(alice: User, slugs: list[str], words: str) -> None:
    for slug in slugs:
        add_provider(slug)
        came_back(provider=slug)
    assert item("Sign-in provider", alice).words.endswith(words)


def test_a_provider_that_is_switched_off_is_none(alice: User) -> None:
    add_provider(enabled=False)
    assert item("Sign-in provider", alice).state == "open"
    assert item("Sign-in provider", alice).url == "/admin/providers/provider/add/"


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        pytest.param({}, "done", id="one that worked"),
        pytest.param({"process": "connect"}, "done", id="an account that was connected"),
        pytest.param({"diagnosis": "timeout"}, "open", id="one that failed"),
        pytest.param({"process": "dry_run"}, "open", id="a dry run"),
    ],
)
def test_counts_as_the_first_sign_in(alice: User, fields: dict[str, Any], state: str) -> None:
    add_provider()
    came_back(**{"provider": "demo"} | fields)
    assert item("First sign-in", alice).state == state


@pytest.mark.parametrize(("provider", "state"), [("github", "done"), ("", "open")])
def test_a_sign_in_whose_row_is_gone_is_known_by_its_session(
    alice: User, provider: str, state: str
) -> None:
    now = timezone.now()
    add_provider("github", "github")
    Session.objects.create(
        user=alice, provider=provider, auth_time=now, expires_at=now + timedelta(hours=1)
    )
    assert item("First sign-in", alice).state == state


def test_a_key_that_signs_is_enough(alice: User) -> None:
    keyring.ensure_signing_key()
    assert SigningKey.objects.count() == 1
    assert item("Signing key", alice).state == "done"


@pytest.mark.parametrize(
    ("vendor", "processes", "state"),
    [("postgresql", 4, "done"), ("sqlite", 1, "fine"), ("sqlite", 4, "open")],
)
def test_the_database_is_measured_by_the_number_of_processes(
    settings: Settings, vendor: str, processes: int, state: str
) -> None:
    settings.WEB_CONCURRENCY = processes
    assert WORDS["database"][database(vendor)]["state"] == state


def test_the_database_is_the_one_in_use(alice: User) -> None:
    words = WORDS["database"][database(connection.vendor)]["words"]
    assert item("Database", alice).words == words.format(processes=1)


@pytest.mark.parametrize(("url", "state"), [("locmem://", "fine"), ("redis://cache", "done")])
def test_a_cache_in_the_process_is_fine_for_one(
    alice: User, settings: Settings, url: str, state: str
) -> None:
    settings.CACHE_URL = url
    assert item("Cache", alice).state == state


@pytest.mark.parametrize("fresh", [True, False])
def test_every_address_of_the_list_is_a_page(admin: Client, alice: User, fresh: bool) -> None:
    if not fresh:
        add_provider()
        SocialAccount.objects.create(user=alice, provider="demo", uid="1")
    addresses = [each.url for each in seen_by(alice) if each.url]
    addresses += [url for each in seen_by(alice) for _, url in each.answers]
    assert [admin.get(address).status_code for address in addresses] == [200] * len(addresses)


@pytest.mark.parametrize(
    ("base_url", "trusted", "peer", "forwarded", "state"),
    [
        ("http://localhost:8000", [], "127.0.0.1", "", "done"),
        ("https://id.example.com", [], "203.0.113.9", "", "done"),
        ("https://id.example.com", ["10.0.0.0/8"], "10.0.0.1", "203.0.113.9", "done"),
        ("https://id.example.com", [], "10.0.0.1", "203.0.113.9", "open"),
        ("https://id.example.com", [], "127.0.0.1", "", "open"),
        ("https://id.example.com", ["10.0.0.0/8"], "10.0.0.1", "", "open"),
        ("https://id.example.com", ["10.0.0.0/8"], "10.0.0.1", "203.0.113.9:4711", "done"),
        ("https://id.example.com", ["10.0.0.0/8"], "10.0.0.1", '"[2001:db8::7]:443"', "done"),
        ("https://id.example.com", ["127.0.0.1/32"], "127.0.0.1", "127.0.0.1", "done"),
        ("https://id.example.com", ["10.0.0.0/8"], "10.0.0.1", "192.0.2.6, unknown", "open"),
    ],
    ids=[
        "no proxy",
        "a server with TLS of its own",
        "a proxy that is named",
        "one that is not",
        "a silent one on this machine",
        "one that is named and silent",
        "one that sends ports",
        "one that sends brackets and quotes",
        "one on this machine, asked from this machine",
        "one that does not know",
    ],
)
def test_it_is_said_when_a_proxy_hides_where_visitors_come_from(
    alice: User,
    settings: Settings,
    base_url: str,
    trusted: Any,
    peer: str,
    forwarded: str,
    state: Any,
) -> None:
    settings.BASE_URL, settings.IS_HTTPS = base_url, base_url.startswith("https")
    settings.TRUSTED_PROXIES = [ip_network(network) for network in trusted]
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory(REMOTE_ADDR=peer).get("/admin/", headers={"host": HOST} | headers)
    request.user = alice
    found = {item.name: item for item in checklist(request)}["Visitors' IP addresses"]
    assert found.state == state
    assert (peer in found.words) is (state == "open")


@pytest.mark.parametrize(
    ("trusted", "forwarded", "advice"),
    [
        ([], "", "Configure your proxy to send X-Forwarded-For, and add the proxy to"),
        (
            [],
            "203.0.113.9",
            "If it is your proxy, add it to TRUSTED_PROXIES.",
        ),
        (
            ["127.0.0.0/8"],
            "",
            "does not send X-Forwarded-For. Configure it to send this header.",
        ),
        (["127.0.0.0/8"], "192.0.2.6, unknown", "The proxy sends unknown in X-Forwarded-For"),
    ],
    ids=["nothing is done", "it is not named", "it is silent", "it cannot be read"],
)
def test_only_what_is_left_to_do_about_a_proxy_is_advised(
    alice: User, settings: Settings, trusted: list[str], forwarded: str, advice: str
) -> None:
    settings.IS_HTTPS = True
    settings.TRUSTED_PROXIES = [ip_network(network) for network in trusted]
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert advice in item("Visitors' IP addresses", alice, **headers).words


def test_names_the_origins_to_which_visitors_were_not_sent_on(client: Client, alice: User) -> None:
    client.get("/sign-in/", {"next": "https://app.example/"})
    words = item("Redirects after sign-in", alice).words
    assert "to https://app.example after sign-in" in words


def test_a_provider_is_done_when_it_works(alice: User) -> None:
    add_provider()
    assert item("Sign-in provider", alice).words.startswith("Not tested yet: Demo.")
    came_back(provider="demo", process="dry_run")
    assert item("Sign-in provider", alice).state == "done"


def test_the_list_says_that_sign_ins_fail_and_why(alice: User) -> None:
    provider = add_provider()
    came_back(provider="demo", diagnosis="wrong_client_secret")
    found = item("Sign-in provider", alice)
    assert found.state == "open"
    assert "Demo accepts the client ID, but not the client secret." in found.words
    assert found.url == f"/admin/providers/provider/{provider.pk}/change/"
    assert item("First sign-in", alice).url.endswith("?outcome=failed")


def test_a_fix_is_shown_with_the_value_that_it_names(alice: User, admin: Client) -> None:
    provider = add_provider()
    came_back(provider="demo", diagnosis="redirect_uri_not_registered")
    found = item("Sign-in provider", alice)
    assert found.value == provider.redirect_uri
    assert f"<code>{provider.redirect_uri}</code>" in admin.get("/admin/").content.decode()


def test_one_provider_that_works_lets_people_sign_in(alice: User) -> None:
    add_provider("broken")
    add_provider()
    came_back(provider="broken", diagnosis="timeout")
    came_back(provider="demo")
    assert item("Sign-in provider", alice).words.startswith("Sign-in with Broken does not work.")
    assert item("First sign-in", alice).state == "done"


def test_asks_who_may_sign_in_until_it_is_decided(alice: User) -> None:
    assert "Who may sign in" not in [each.name for each in seen_by(alice)]
    provider = add_provider("github", "github", name="GitHub")
    found = item("Who may sign in", alice)
    assert found.state == "open"
    assert found.words.startswith("Anyone with an account at GitHub can sign in.")
    texts = [text for text, _ in found.answers]
    assert texts == ["People in our organisation", "People who have an account here", "Yes, anyone"]
    assert str(provider.pk) in found.answers[0][1]
    Provider.objects.update(who_may_sign_in="known")
    assert item("Who may sign in", alice).state == "done"


def test_a_key_that_cannot_be_read_is_none_that_signs(alice: User) -> None:
    keyring.ensure_signing_key()
    keyring.forget()
    SigningKey.objects.update(sealed_private_key="not sealed by us")
    assert item("Signing key", alice).words.startswith(
        "Nobody can sign in: the signing key can't be decrypted"
    )


def test_a_cache_that_does_not_answer_is_open(alice: User) -> None:
    with cache_gone():
        assert item("Cache", alice).state == "open"
