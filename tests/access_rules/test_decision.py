"""Rules and facts in, a decision out."""

import pytest

from access_rules.decision import Decision, Facts, Kind, Rule, decide, in_plain_words
from protocol.errors import ErrorCode
from providers.models import Policy

DOMAIN = Rule(Kind.EMAIL_DOMAIN, "example.com", ("staff",))
ALICE = Rule(Kind.EMAIL, "alice@example.com", ("editors",))
INVITED = Rule(Kind.INVITED, "alice@example.com")
ORG = Rule(Kind.GITHUB, "acme")
TEAM = Rule(Kind.GITHUB, "acme/core")
HOSTED = Rule(Kind.HOSTED_DOMAIN, "example.com")
CLAIM = Rule(Kind.CLAIM, "role=admin")

MATCHES = {
    "email": (ALICE, Facts(email="alice@example.com")),
    "domain": (DOMAIN, Facts(email="bob@example.com")),
    "domain after the last @": (DOMAIN, Facts(email='"mallory@evil.example"@example.com')),
    "organisation": (ORG, Facts(organisations=frozenset({"acme"}))),
    "team": (TEAM, Facts(teams=frozenset({"acme/core"}))),
    "hosted domain": (HOSTED, Facts(claims={"hd": "example.com"})),
    "hosted domain with letters outside ASCII": (
        Rule(Kind.HOSTED_DOMAIN, "xn--bcher-kva.example"),
        Facts(claims={"hd": "B\u00fccher.example"}),
    ),
    "claim": (CLAIM, Facts(claims={"role": "admin"})),
    "claim in a list": (CLAIM, Facts(claims={"role": ["reader", "admin"]})),
    "claim that is true": (Rule(Kind.CLAIM, "staff=true"), Facts(claims={"staff": True})),
    "invited": (INVITED, Facts(email="alice@example.com")),
}
REFUSALS = {
    "no rules": ((), Facts(email="alice@example.com"), "not_allowed"),
    "another address": ((ALICE,), Facts(email="mallory@example.com"), "not_allowed"),
    "no verified address": ((DOMAIN,), Facts(), "no_verified_email"),
    "an address that cannot be read": (
        (DOMAIN,),
        Facts(is_email_unreadable=True),
        "email_unreadable",
    ),
    "an address that is somebody else's": (
        (DOMAIN,),
        Facts(is_email_anothers=True, is_email_unreadable=False),
        "not_allowed",
    ),
    "a hosted domain that is none": (
        (HOSTED,),
        Facts(claims={"hd": "\uff45xample.com"}),
        "not_a_member",
    ),
    "an address that it may not vouch for": (
        (DOMAIN,),
        Facts(unvouched_email="bob@example.com"),
        "domain_not_vouched_for",
    ),
    "one that it may not vouch for, which would not help": (
        (DOMAIN,),
        Facts(unvouched_email="bob@evil.example"),
        "email_domain_not_allowed",
    ),
    "subdomain": ((DOMAIN,), Facts(email="m@a.example.com"), "email_domain_not_allowed"),
    "longer domain": ((DOMAIN,), Facts(email="m@badexample.com"), "email_domain_not_allowed"),
    "domain before": (
        (DOMAIN,),
        Facts(email="m@example.com@evil.example"),
        "email_domain_not_allowed",
    ),
    "other organisation": ((ORG,), Facts(organisations=frozenset({"acme2"})), "not_a_member"),
    "other team": ((TEAM,), Facts(teams=frozenset({"other/core"})), "not_a_member"),
    "organisations unknown": ((ORG,), Facts(), "membership_unknown"),
    "teams unknown": ((TEAM,), Facts(organisations=frozenset({"acme"})), "membership_unknown"),
    "hd by the address alone": ((HOSTED,), Facts(email="m@example.com"), "not_a_member"),
    "claim with another value": ((CLAIM,), Facts(claims={"role": "administrator"}), "not_allowed"),
    "claim in a deeper list": ((CLAIM,), Facts(claims={"role": [["admin"]]}), "not_allowed"),
    "claim that is an object": ((CLAIM,), Facts(claims={"role": {"admin": 1}}), "not_allowed"),
}


@pytest.mark.parametrize(("rule", "facts"), MATCHES.values(), ids=MATCHES.keys())
def test_lets_in_whom_a_rule_is_about(rule: Rule, facts: Facts) -> None:
    assert decide(Policy.MATCHING, (rule,), facts) == Decision(True, rule, rule.groups)


@pytest.mark.parametrize(("rules", "facts", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_whom_no_rule_is_about(rules: tuple[Rule, ...], facts: Facts, code: str) -> None:
    assert decide(Policy.MATCHING, rules, facts) == Decision(False, reason=ErrorCode(code))


def test_grants_the_groups_of_every_rule_that_matches_once_and_sorted() -> None:
    rules = (DOMAIN, ALICE, Rule(Kind.EMAIL, "alice@example.com", ("staff", "a")))
    assert decide(Policy.ANYONE, rules, Facts(email="alice@example.com")).groups == (
        "a",
        "editors",
        "staff",
    )


def test_anyone_may_come_without_a_rule_and_gets_no_group() -> None:
    assert decide(Policy.ANYONE, (DOMAIN,), Facts()) == Decision(True)


def test_known_people_may_come_when_only_they_may() -> None:
    assert decide(Policy.KNOWN, (), Facts(is_known=True)).allowed


def test_of_strangers_only_the_invited_may_come_when_only_known_people_may() -> None:
    alice = Facts(email="alice@example.com")
    assert decide(Policy.KNOWN, (DOMAIN, INVITED), alice).rule == INVITED
    assert decide(Policy.KNOWN, (DOMAIN, ALICE), alice).reason is ErrorCode.NOT_ALLOWED


def test_plain_words_tell_strangers_nobodys_address_and_no_claim() -> None:
    said = in_plain_words((ALICE, INVITED, CLAIM))
    assert "alice" not in said
    assert "admin" not in said
    assert in_plain_words(()) == "people it knows already"
