"""What a dry run says of the rules that it asked."""

import pytest

from access_rules.check import Judgement
from access_rules.decision import Facts, Kind, Rule, decide
from oauth_client.dry_run import asked_rules
from oauth_client.dry_run.asked_rules import decision_in_words, rules_asked
from providers.policy import Policy

DOMAIN = Rule(Kind.EMAIL_DOMAIN, "example.com", ("staff",))
ADDRESS = Rule(Kind.EMAIL, "bob@example.com")
OTHER = Rule(Kind.EMAIL, "other@example.com")
INVITED = Rule(Kind.INVITED, "bob@example.com")
TEAM = Rule(Kind.GITHUB, "acme/ops")
BOB = Facts(email="bob@example.com")


def judged(policy: Policy, *rules: Rule, facts: Facts = BOB) -> Judgement:
    return Judgement(policy, decide(policy, rules, facts), rules, facts)


@pytest.mark.parametrize(
    ("judgement", "words"),
    [
        (judged(Policy.ANYONE, DOMAIN), asked_rules.ANYONE),
        (judged(Policy.KNOWN, INVITED, facts=Facts(is_known=True)), asked_rules.KNOWN),
        (judged(Policy.KNOWN, INVITED), "A rule lets in people it has invited."),
        (judged(Policy.KNOWN, DOMAIN), asked_rules.STRANGER),
        (judged(Policy.MATCHING, ADDRESS), "A rule lets in people on its list."),
        (judged(Policy.MATCHING, OTHER), asked_rules.NO_MATCH),
        (judged(Policy.MATCHING), asked_rules.NO_RULES),
    ],
    ids=["anyone", "known", "invited", "stranger", "matching", "no match", "no rules"],
)
def test_says_what_decides(judgement: Judgement, words: str) -> None:
    assert decision_in_words(judgement) == words


@pytest.mark.parametrize(
    ("rule", "name", "finding"),
    [
        (DOMAIN, "Email domain example.com", "matched"),
        (OTHER, "Email address other@example.com", "did not match"),
        (TEAM, "GitHub organisation or team acme/ops", "could not be looked up"),
    ],
    ids=["matched", "not", "unknown"],
)
def test_says_of_each_rule_what_came_out(rule: Rule, name: str, finding: str) -> None:
    (reading,) = rules_asked(judged(Policy.MATCHING, rule))
    assert (reading.name, reading.finding) == (name, finding)


def test_only_the_first_rule_that_matches_decides() -> None:
    read = rules_asked(judged(Policy.MATCHING, OTHER, ADDRESS, DOMAIN))
    assert [reading.is_deciding for reading in read] == [False, True, False]


@pytest.mark.parametrize(
    ("policy", "rule", "effect"),
    [
        (Policy.MATCHING, DOMAIN, "lets in and grants staff"),
        (Policy.MATCHING, ADDRESS, "lets in"),
        (Policy.KNOWN, INVITED, "lets in"),
        (Policy.KNOWN, DOMAIN, "grants staff"),
        (Policy.ANYONE, DOMAIN, "grants staff"),
        (Policy.ANYONE, ADDRESS, "nothing, while anyone may sign in"),
        (Policy.KNOWN, ADDRESS, "nothing: only people who are known or invited may sign in"),
    ],
    ids=lambda value: str(getattr(value, "value", "")),
)
def test_says_what_each_rule_is_there_for(policy: Policy, rule: Rule, effect: str) -> None:
    (reading,) = rules_asked(judged(policy, rule))
    assert reading.effect == effect
    assert not (policy is Policy.ANYONE and reading.is_deciding)
