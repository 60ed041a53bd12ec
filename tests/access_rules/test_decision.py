"""Rules and evidence in, a decision out."""

from typing import Any

import pytest

from access_rules.decision import (
    Decision,
    Evidence,
    Rule,
    decide,
    in_plain_words,
    matches,
)
from access_rules.rule_kinds import RuleKind
from protocol.errors import ErrorCode
from providers.models import Policy

DOMAIN = Rule(RuleKind.EMAIL_DOMAIN, "example.com", ("staff",))
ALICE = Rule(RuleKind.EMAIL, "alice@example.com", ("editors",))
INVITED = Rule(RuleKind.INVITED, "alice@example.com")
ORG = Rule(RuleKind.GITHUB, "acme")
TEAM = Rule(RuleKind.GITHUB, "acme/core")
HOSTED = Rule(RuleKind.HOSTED_DOMAIN, "example.com")
CLAIM = Rule(RuleKind.CLAIM, "role=admin")

MATCHES = {
    "email": (ALICE, Evidence(email="alice@example.com")),
    "domain": (DOMAIN, Evidence(email="bob@example.com")),
    "domain after the last @": (DOMAIN, Evidence(email='"mallory@evil.example"@example.com')),
    "organisation": (ORG, Evidence(organisations=frozenset({"acme"}))),
    "team": (TEAM, Evidence(teams=frozenset({"acme/core"}))),
    "hosted domain": (HOSTED, Evidence(claims={"hd": "example.com"})),
    "hosted domain with letters outside ASCII": (
        Rule(RuleKind.HOSTED_DOMAIN, "xn--bcher-kva.example"),
        Evidence(claims={"hd": "B\u00fccher.example"}),
    ),
    "claim": (CLAIM, Evidence(claims={"role": "admin"})),
    "claim in a list": (CLAIM, Evidence(claims={"role": ["reader", "admin"]})),
    "claim that is true": (Rule(RuleKind.CLAIM, "staff=true"), Evidence(claims={"staff": True})),
    "invited": (INVITED, Evidence(email="alice@example.com")),
}
REFUSALS = {
    "no rules": ((), Evidence(email="alice@example.com"), "not_allowed"),
    "another address": ((ALICE,), Evidence(email="mallory@example.com"), "not_allowed"),
    "no verified address": ((DOMAIN,), Evidence(), "no_verified_email"),
    "no address at all": ((DOMAIN,), Evidence(is_email_absent=True), "email_not_shared"),
    "an address that cannot be read": (
        (DOMAIN,),
        Evidence(is_email_unreadable=True),
        "email_unreadable",
    ),
    "an address that is somebody else's": (
        (DOMAIN,),
        Evidence(is_email_anothers=True, is_email_unreadable=False),
        "not_allowed",
    ),
    "a hosted domain that is none": (
        (HOSTED,),
        Evidence(claims={"hd": "\uff45xample.com"}),
        "not_a_member",
    ),
    "an address that it may not vouch for": (
        (DOMAIN,),
        Evidence(unvouched_email="bob@example.com"),
        "domain_not_vouched_for",
    ),
    "one that it may not vouch for, which would not help": (
        (DOMAIN,),
        Evidence(unvouched_email="bob@evil.example"),
        "email_domain_not_allowed",
    ),
    "subdomain": ((DOMAIN,), Evidence(email="m@a.example.com"), "email_domain_not_allowed"),
    "longer domain": ((DOMAIN,), Evidence(email="m@badexample.com"), "email_domain_not_allowed"),
    "domain before": (
        (DOMAIN,),
        Evidence(email="m@example.com@evil.example"),
        "email_domain_not_allowed",
    ),
    "other organisation": ((ORG,), Evidence(organisations=frozenset({"acme2"})), "not_a_member"),
    "other team": ((TEAM,), Evidence(teams=frozenset({"other/core"})), "not_a_member"),
    "organisations unknown": ((ORG,), Evidence(), "membership_unknown"),
    "teams unknown": ((TEAM,), Evidence(organisations=frozenset({"acme"})), "membership_unknown"),
    "hd by the address alone": ((HOSTED,), Evidence(email="m@example.com"), "not_a_member"),
    "claim with another value": (
        (CLAIM,),
        Evidence(claims={"role": "administrator"}),
        "not_allowed",
    ),
    "claim in a deeper list": ((CLAIM,), Evidence(claims={"role": [["admin"]]}), "not_allowed"),
    "claim that is an object": ((CLAIM,), Evidence(claims={"role": {"admin": 1}}), "not_allowed"),
}


@pytest.mark.parametrize(("rule", "evidence"), MATCHES.values(), ids=MATCHES.keys())
def test_lets_in_whom_a_rule_is_about(rule: Rule, evidence: Evidence) -> None:
    assert decide(Policy.MATCHING, (rule,), evidence) == Decision(True, rule, rule.groups)


@pytest.mark.parametrize(("rules", "evidence", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_whom_no_rule_is_about(
    rules: tuple[Rule, ...], evidence: Evidence, code: str
) -> None:
    assert decide(Policy.MATCHING, rules, evidence) == Decision(False, reason=ErrorCode(code))


def test_grants_the_groups_of_every_rule_that_matches_once_and_sorted() -> None:
    rules = (DOMAIN, ALICE, Rule(RuleKind.EMAIL, "alice@example.com", ("staff", "a")))
    assert decide(Policy.ANYONE, rules, Evidence(email="alice@example.com")).groups == (
        "a",
        "editors",
        "staff",
    )


def test_anyone_may_come_without_a_rule_and_gets_no_group() -> None:
    assert decide(Policy.ANYONE, (DOMAIN,), Evidence()) == Decision(True)


def test_known_people_may_come_when_only_they_may() -> None:
    assert decide(Policy.KNOWN, (), Evidence(is_known=True)).allowed


def test_of_strangers_only_the_invited_may_come_when_only_known_people_may() -> None:
    alice = Evidence(email="alice@example.com")
    assert decide(Policy.KNOWN, (DOMAIN, INVITED), alice).rule == INVITED
    assert decide(Policy.KNOWN, (DOMAIN, ALICE), alice).reason is ErrorCode.NOT_ALLOWED


def test_plain_words_tell_strangers_nobodys_address_and_no_claim() -> None:
    said = in_plain_words((ALICE, INVITED, CLAIM))
    assert "alice" not in said
    assert "admin" not in said
    assert in_plain_words(()) == "people who already have an account"


def test_plain_words_name_up_to_three_groups_of_people() -> None:
    people = ["people with a verified address at example.com", "members of acme at GitHub"]
    assert in_plain_words((DOMAIN, ORG)) == " or ".join(people)
    said = in_plain_words((DOMAIN, ORG, CLAIM, HOSTED))
    assert said == f"{', '.join(people)} or people with a certain role"


def test_every_kind_of_rule_has_its_own_way_to_match() -> None:
    assert {rule.kind for rule, _ in MATCHES.values()} == {*RuleKind}


def test_judges_no_rule_of_a_kind_that_it_does_not_know() -> None:
    unknown: Any = "elsewhere"
    with pytest.raises(ValueError, match="elsewhere"):
        matches(Rule(unknown, "a=b"), Evidence(claims={"a": "b"}))
