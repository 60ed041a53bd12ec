"""Which access rules were asked in a dry run, what each found, and which of them decides."""

from access_rules.check import Judgement
from access_rules.decision import Kind, Rule, in_plain_words, matches
from access_rules.models import AccessRule
from oauth_client.dry_run.result import AskedRule
from providers.policy import Policy

ANYONE = "Anyone may sign in through this provider."
KNOWN = "People who are known here already may sign in, and this one is."
NO_RULES = "Only people whom a rule is about may sign in, and there is no rule."
NO_MATCH = (
    "Only people whom a rule is about may sign in, and no rule is known to be about this one."
)
STRANGER = "Only people who are known here already or invited may sign in, and this one is neither."
FINDINGS = {True: "matched", False: "did not match", None: "could not be looked up"}

IDLE = {  # what a rule does that neither lets in nor grants
    Policy.ANYONE: "nothing, while anyone may sign in",
    Policy.KNOWN: "nothing: only people who are known or invited may sign in",
}


def decision_in_words(judgement: Judgement) -> str:
    """Say why this person is let in, or is not."""
    policy, decision = judgement.policy, judgement.decision
    if policy is Policy.ANYONE:
        return ANYONE
    if policy is Policy.KNOWN and judgement.facts.is_known:
        return KNOWN
    if decision.rule is not None:
        return f"A rule lets in {in_plain_words([decision.rule])}."
    if policy is Policy.KNOWN:
        return STRANGER
    return NO_MATCH if judgement.rules else NO_RULES


def rules_asked(judgement: Judgement) -> tuple[AskedRule, ...]:
    """Return every rule that applies to the provider, in the order in which they are asked."""
    return tuple(_asked(rule, judgement) for rule in judgement.rules)


def _asked(rule: Rule, judgement: Judgement) -> AskedRule:
    return AskedRule(
        name=f"{dict(AccessRule.KINDS)[rule.kind.value]} {rule.value}",
        finding=FINDINGS[matches(rule, judgement.facts)],
        effect=_effect(rule, judgement.policy),
        is_deciding=_lets_in(rule, judgement.policy) and rule is judgement.decision.rule,
    )


def _effect(rule: Rule, policy: Policy) -> str:
    """Say what the rule does for those it is about."""
    grants = f"grants {', '.join(rule.groups)}" if rule.groups else ""
    lets_in = "lets in" if _lets_in(rule, policy) else ""
    return " and ".join(filter(None, (lets_in, grants))) or IDLE[policy]


def _lets_in(rule: Rule, policy: Policy) -> bool:
    """Tell whether the rule is asked who may sign in, and not only for groups."""
    return policy is Policy.MATCHING or (policy is Policy.KNOWN and rule.kind is Kind.INVITED)
