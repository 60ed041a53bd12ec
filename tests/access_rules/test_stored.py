"""What is kept of people whom rules are about, and what is not."""

from datetime import UTC, datetime
from typing import Any

import pytest
import responses
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from access_rules import stored
from access_rules.applying import Judgement
from access_rules.decision import Decision, Evidence, Rule, decide
from access_rules.models import MembershipFacts
from access_rules.rule_kinds import RuleKind
from access_rules.stored import known_evidence
from accounts.identity import Identity
from protocol.errors import ErrorCode
from protocol.flow import AccessToken
from providers.models import Policy, Provider
from sessions.models import User
from tests.access_rules.visits import ORGS, add_rule, visit
from tests.fakes import FakeIssuer, add_provider, begin, come_back

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, tzinfo=UTC)
TOKEN = AccessToken("a", "", {})


def any_domain(domain: str) -> bool:
    return True


RULES = (Rule(RuleKind.CLAIM, "role=admin"), Rule(RuleKind.HOSTED_DOMAIN, "example.com"))


@pytest.fixture
def account(alice: User) -> SocialAccount:
    return SocialAccount.objects.create(user=alice, provider="demo", uid="a")


def kept_claims(account: SocialAccount, claims: dict[str, Any]) -> Any:
    stored.keep_evidence(account.pk, RULES, Evidence(claims=claims), NOW)
    return MembershipFacts.objects.get().claims


CLAIMS: dict[str, tuple[Any, Any]] = {
    "a text": ("admin", "admin"),
    "a truth value": (True, True),
    "a list": (["admin", False, 3, {}], ["admin", False]),
    "a number": (3, None),
    "an object": ({"a": 1}, None),
    "a long text": ("a" * 401, None),
    "a NUL": ("a\0", None),
    "half a character": ("\ud800", None),
}


@pytest.mark.parametrize(("told", "kept"), CLAIMS.values(), ids=CLAIMS.keys())
def test_keeps_of_a_claim_what_a_rule_could_match(
    account: SocialAccount, told: Any, kept: Any
) -> None:
    claims = {"role": told, "email": "alice@example.com"}
    assert kept_claims(account, claims) == {"role": kept, "hd": None}


def test_a_list_that_is_too_long_is_not_known(account: SocialAccount) -> None:
    assert kept_claims(account, {"role": ["x"] * 501}) == {"hd": None}
    evidence = known_evidence([account], any_domain)[account.pk]
    assert stored.claim_names(RULES) == {"role", "hd"}
    assert (evidence.has_all_claims, "role" in evidence.claims) == (False, False)


def test_keeps_the_newest_in_one_statement(
    account: SocialAccount, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stored.keep_evidence(account.pk, RULES, Evidence(organisations=frozenset({"acme"})), NOW)
    with django_assert_num_queries(1):
        stored.keep_evidence(account.pk, RULES, Evidence(teams=frozenset({"acme/core"})), NOW)
    evidence = known_evidence([account], any_domain)[account.pk]
    assert (evidence.organisations, evidence.teams) == (None, frozenset({"acme/core"}))


ADDRESS = "alice@example.com"
WORDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "verified, and proven here": ({"email_verified": True}, "alice", ADDRESS),
    "verified, and nobody's here yet": ({"email_verified": True}, "", ADDRESS),
    "verified, and somebody else's here": ({"email_verified": True}, "bob", ""),
    "unverified": ({"email_verified": False}, "alice", ""),
    "without a verdict, and proven here": ({}, "alice", ADDRESS),
    "without a verdict, and nobody's here": ({}, "", ""),
}


@pytest.mark.parametrize(("told", "owner", "counts"), WORDS.values(), ids=WORDS.keys())
def test_an_address_counts_while_it_is_proven(
    account: SocialAccount, bob: User, told: dict[str, Any], owner: str, counts: str
) -> None:
    account.extra_data = {"email": ADDRESS} | told
    owners = {"alice": account.user, "bob": bob}
    if owner:
        EmailAddress.objects.create(user=owners[owner], email=ADDRESS, verified=True)
    assert known_evidence([account], any_domain)[account.pk].email == counts


def test_nothing_is_known_of_an_account_that_no_rule_was_asked_about(
    account: SocialAccount,
) -> None:
    unknown = Evidence(is_known=True, has_all_claims=False)
    assert known_evidence([account], any_domain) == {account.pk: unknown}


@responses.activate
def test_a_sign_in_under_rules_keeps_what_they_ask_for(client: Client) -> None:
    github = add_provider("github", "github")
    add_rule(github, "github", "acme")
    responses.get(ORGS, json=[{"login": "Acme"}, {"login": "Others"}])
    visit(client)
    kept = MembershipFacts.objects.get()
    assert (kept.organisations, kept.teams, kept.claims) == (["acme", "others"], None, {})
    assert str(kept) == str(kept.account_id)


@responses.activate
def test_a_sign_in_keeps_the_claim_of_a_rule_and_no_other(client: Client) -> None:
    demo = add_provider()
    add_rule(demo, "claim", "roles=Admin")
    issuer = FakeIssuer(responses.mock, claims={"roles": ["Admin"], "phone": "1"})
    issuer.publish()
    asked = begin(client)
    issuer.vouch(asked["nonce"])
    come_back(client, code="c", state=asked["state"])
    assert MembershipFacts.objects.get().claims == {"roles": ["Admin"]}


@responses.activate
def test_without_rules_nothing_is_kept(client: Client) -> None:
    add_provider("github", "github", who_may_sign_in="anyone")
    visit(client)
    assert (SocialAccount.objects.count(), MembershipFacts.objects.count()) == (1, 0)
    assert Provider.objects.count() == 1


def test_a_rule_on_a_claim_that_was_not_asked_for_is_not_answered(account: SocialAccount) -> None:
    evidence = known_evidence([account], any_domain)[account.pk]
    assert decide(Policy.MATCHING, RULES, evidence).reason is ErrorCode.MEMBERSHIP_UNKNOWN


def test_an_account_that_is_gone_again_is_not_written_about() -> None:
    judgement = Judgement(Policy.ANYONE, Decision(True), RULES, Evidence())
    judgement.keep(Identity("demo", "nobody"), None, TOKEN)
    assert not MembershipFacts.objects.exists()
