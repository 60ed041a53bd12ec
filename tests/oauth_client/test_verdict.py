"""What a dry run says of the rules that it asked."""

import pytest

from access_rules.applying import Judgement
from access_rules.decision import Evidence, Rule, decide
from access_rules.rule_kinds import RuleKind
from oauth_client import verdict
from oauth_client.verdict import Verdict
from providers.models import Policy

DOMAIN = Rule(RuleKind.EMAIL_DOMAIN, "example.com", ("staff",))
ADDRESS = Rule(RuleKind.EMAIL, "bob@example.com")
OTHER = Rule(RuleKind.EMAIL, "other@example.com")
INVITED = Rule(RuleKind.INVITED, "bob@example.com")
TEAM = Rule(RuleKind.GITHUB, "acme/ops")
BOB = Evidence(email="bob@example.com")


def judged(policy: Policy, *rules: Rule, evidence: Evidence = BOB) -> Judgement:
    return Judgement(policy, decide(policy, rules, evidence), rules, evidence)


@pytest.mark.parametrize(
    ("judgement", "words"),
    [
        (judged(Policy.ANYONE, DOMAIN), verdict.ANYONE),
        (judged(Policy.KNOWN, INVITED, evidence=Evidence(is_known=True)), verdict.KNOWN),
        (judged(Policy.KNOWN, INVITED), "An access rule lets in people with an invitation."),
        (judged(Policy.KNOWN, DOMAIN), verdict.STRANGER),
        (judged(Policy.MATCHING, ADDRESS), "An access rule lets in people on a list."),
        (judged(Policy.MATCHING, OTHER), verdict.NO_MATCH),
        (judged(Policy.MATCHING), verdict.NO_RULES),
    ],
    ids=["anyone", "known", "invited", "stranger", "matching", "no match", "no rules"],
)
def test_says_what_decides(judgement: Judgement, words: str) -> None:
    assert Verdict.of(judgement).words == words


@pytest.mark.parametrize(
    ("rule", "name", "finding"),
    [
        (DOMAIN, "Email domain example.com", "Matches"),
        (OTHER, "Email address other@example.com", "Doesn't match"),
        (TEAM, "GitHub organisation or team acme/ops", "Couldn't be checked"),
    ],
    ids=["matched", "not", "unknown"],
)
def test_says_of_each_rule_what_came_out(rule: Rule, name: str, finding: str) -> None:
    (reading,) = Verdict.of(judged(Policy.MATCHING, rule)).rules
    assert (reading.name, reading.finding) == (name, finding)


def test_only_the_first_rule_that_matches_decides() -> None:
    read = Verdict.of(judged(Policy.MATCHING, OTHER, ADDRESS, DOMAIN)).rules
    assert [reading.is_deciding for reading in read] == [False, True, False]


@pytest.mark.parametrize(
    ("policy", "rule", "effect"),
    [
        (Policy.MATCHING, DOMAIN, "Lets in, and adds groups: staff"),
        (Policy.MATCHING, ADDRESS, "Lets in"),
        (Policy.KNOWN, INVITED, "Lets in"),
        (Policy.KNOWN, DOMAIN, "Adds groups: staff"),
        (Policy.ANYONE, DOMAIN, "Adds groups: staff"),
        (Policy.ANYONE, ADDRESS, "Nothing, because anyone can sign in"),
        (
            Policy.KNOWN,
            ADDRESS,
            "Nothing, because only people with an account or an invitation can sign in",
        ),
    ],
    ids=lambda value: str(getattr(value, "value", "")),
)
def test_says_what_each_rule_is_there_for(policy: Policy, rule: Rule, effect: str) -> None:
    (reading,) = Verdict.of(judged(policy, rule)).rules
    assert reading.effect == effect
    assert not (policy is Policy.ANYONE and reading.is_deciding)
