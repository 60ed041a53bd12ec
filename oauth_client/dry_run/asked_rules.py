"""The access rules in a dry run: what each found and does, and which of them decides."""

from dataclasses import dataclass

from access_rules.check import Judgement
from access_rules.decision import Rule, RuleKind, in_plain_words, matches
from providers.models import Policy

ANYONE = "Anyone may sign in through this provider."
KNOWN = "People who are known here already may sign in, and this one is."
NO_RULES = "Only people whom a rule is about may sign in, and there is no rule."
NO_MATCH = (
    "Only people whom a rule is about may sign in, and no rule is known to be about this one."
)
STRANGER = "Only people who are known here already or invited may sign in, and this one is neither."
FINDINGS = {True: "matched", False: "did not match", None: "could not be looked up"}

IDLE = {  # the effect of a rule that lets nobody in and grants no group
    Policy.ANYONE: "nothing, while anyone may sign in",
    Policy.KNOWN: "nothing: only people who are known or invited may sign in",
}


@dataclass(frozen=True)
class AskedRule:
    """An access rule: what it is about, what was found, and what it does."""

    name: str
    finding: str
    effect: str
    is_deciding: bool = False


def decision_in_words(judgement: Judgement) -> str:
    """Say why this person may sign in, or may not."""
    policy, decision = judgement.policy, judgement.decision
    if policy is Policy.ANYONE:
        return ANYONE
    if policy is Policy.KNOWN and judgement.evidence.is_known:
        return KNOWN
    if decision.rule is not None:
        return f"A rule lets in {in_plain_words([decision.rule])}."
    if policy is Policy.KNOWN:
        return STRANGER
    return NO_MATCH if judgement.rules else NO_RULES


def rules_asked(judgement: Judgement) -> tuple[AskedRule, ...]:
    """Return every rule that applies to the provider, in their order."""
    policy = judgement.policy
    return tuple(
        AskedRule(
            name=f"{rule.kind.label} {rule.value}",
            finding=FINDINGS[matches(rule, judgement.evidence)],
            effect=_effect(rule, policy),
            is_deciding=_lets_in(rule, policy) and rule is judgement.decision.rule,
        )
        for rule in judgement.rules
    )


def _effect(rule: Rule, policy: Policy) -> str:
    """Say what the rule does for those it is about."""
    grants = f"grants {', '.join(rule.groups)}" if rule.groups else ""
    lets_in = "lets in" if _lets_in(rule, policy) else ""
    return " and ".join(filter(None, (lets_in, grants))) or IDLE[policy]


def _lets_in(rule: Rule, policy: Policy) -> bool:
    """Tell whether the rule decides who may sign in. If not, it only grants groups."""
    return policy is Policy.MATCHING or (policy is Policy.KNOWN and rule.kind is RuleKind.INVITED)
