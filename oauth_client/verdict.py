"""What the rules have decided about somebody in a dry run: values, and words for each reader."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from access_rules.applying import Judgement
from access_rules.decision import Rule, in_plain_words, matches
from access_rules.rule_kinds import RuleKind
from providers.models import Policy

ANYONE = _("Anyone can sign in with this provider.")
KNOWN = _("People who already have an account can sign in, and this person has one.")
BY_RULE = _("An access rule lets in {people}.")
NO_RULES = _("Only people who match a rule can sign in, but there are no rules.")
NO_MATCH = _("Only people who match a rule can sign in, but this person doesn't match any.")
STRANGER = _(
    "Only people who have an account or an invitation can sign in. This person has neither."
)
FINDINGS = {True: _("Matches"), False: _("Doesn't match"), None: _("Couldn't be checked")}
LETS_IN = _("Lets in")
GRANTS = _("Adds groups: {groups}")
LETS_IN_AND_GRANTS = _("Lets in, and adds groups: {groups}")
IDLE = {  # the effect of a rule that lets nobody in and grants no group
    Policy.ANYONE: _("Nothing, because anyone can sign in"),
    Policy.KNOWN: _("Nothing, because only people with an account or an invitation can sign in"),
}


@dataclass(frozen=True)
class AskedRule:
    """An access rule: what it is about, what was found, and what it does."""

    rule: Rule
    policy: Policy
    is_match: bool | None  # None if that is unknown
    is_first: bool  # of those that count and match

    @property
    def name(self) -> str:
        return f"{self.rule.kind.label} {self.rule.value}"

    @property
    def finding(self) -> str:
        return str(FINDINGS[self.is_match])

    @property
    def decides(self) -> bool:
        """Tell whether it can let somebody in. If not, it only grants groups."""
        is_invitation = self.policy is Policy.KNOWN and self.rule.kind is RuleKind.INVITED
        return is_invitation or self.policy is Policy.MATCHING

    @property
    def is_deciding(self) -> bool:
        return self.decides and self.is_first

    @property
    def effect(self) -> str:
        if not self.rule.groups:
            return str(LETS_IN if self.decides else IDLE[self.policy])
        effect = LETS_IN_AND_GRANTS if self.decides else GRANTS
        return effect.format(groups=", ".join(self.rule.groups))


@dataclass(frozen=True)
class Verdict:
    """Whether somebody may sign in, and why."""

    policy: Policy
    is_known: bool
    deciding: Rule | None
    rules: tuple[AskedRule, ...]  # every one that applies to the provider, in their order

    @classmethod
    def of(cls, judgement: Judgement) -> "Verdict":
        policy, evidence = judgement.policy, judgement.evidence
        deciding = judgement.decision.rule
        rules = (
            AskedRule(rule, policy, matches(rule, evidence), rule is deciding)
            for rule in judgement.rules
        )
        return cls(policy, evidence.is_known, deciding, tuple(rules))

    @property
    def words(self) -> str:
        """Say why this person may sign in, or may not."""
        if self.policy is Policy.ANYONE:
            return str(ANYONE)
        if self.policy is Policy.KNOWN and self.is_known:
            return str(KNOWN)
        if self.deciding is not None:
            return BY_RULE.format(people=in_plain_words([self.deciding]))
        if self.policy is Policy.KNOWN:
            return str(STRANGER)
        return str(NO_MATCH if self.rules else NO_RULES)

    @property
    def welcome(self) -> str:
        """Say whom the rules let in."""
        rules = () if self.policy is Policy.KNOWN else self.rules
        return in_plain_words(asked.rule for asked in rules)
