"""Decide who may sign in, only from rules and evidence. Nothing is read or written here."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from access_rules.rule_kinds import RuleKind
from accounts.identity import ascii_domain
from protocol.errors import ErrorCode
from providers.models import Policy
from providers.organisations import is_member

ASKED_AGAIN = (RuleKind.GITHUB, RuleKind.HOSTED_DOMAIN, RuleKind.CLAIM)  # of people signed in
BY_ADDRESS = {RuleKind.EMAIL, RuleKind.EMAIL_DOMAIN, RuleKind.INVITED}  # a verified one
NAMED = (RuleKind.EMAIL_DOMAIN, RuleKind.GITHUB, RuleKind.HOSTED_DOMAIN)  # strangers read the value
MOST_TOLD = 3  # rules that strangers read of
Told = tuple[tuple[str, str], ...]  # kind and value of each, "" for a value that is not told


@dataclass(frozen=True)
class Rule:
    """One line of the admin's list. `value` is normalised, see `AccessRule.clean`."""

    kind: RuleKind
    value: str
    groups: tuple[str, ...] = ()
    organisation: int | None = None  # its number at GitHub, once we know it

    @property
    def list_needed(self) -> str:
        """Return the list at GitHub that it looks at, by name; "" for a rule on anything else."""
        if self.kind is not RuleKind.GITHUB:
            return ""
        return "teams" if "/" in self.value else "organisations"

    @property
    def claim(self) -> str:
        """Return the name of the claim that it looks at; "" for a rule on anything else."""
        names = {RuleKind.HOSTED_DOMAIN: "hd", RuleKind.CLAIM: self.value.partition("=")[0]}
        return names.get(self.kind, "")


@dataclass(frozen=True)
class Evidence:
    """What is known of one person. `organisations` and `teams` are None while unknown.

    `email` is "" unless it is verified, readable, and proven by nobody else here. The provider
    calls `unvouched_email` verified, but may not vouch for it. All names are in lower case.
    """

    email: str = ""
    unvouched_email: str = ""
    is_email_anothers: bool = False
    is_email_absent: bool = False  # the provider shared none
    is_email_unreadable: bool = False
    is_known: bool = False  # has an account here already
    claims: Mapping[str, object] = field(default_factory=dict)
    has_all_claims: bool = True  # if not, a claim that is missing from `claims` is unknown
    kept_claims: frozenset[str] = frozenset()  # sent at the sign-in, and not again since
    organisations: frozenset[str] | None = None
    teams: frozenset[str] | None = None  # `organisation/team-slug`, see providers/organisations.py

    def memberships_for(self, rule: Rule) -> frozenset[str] | None:
        """Return the list in which a rule about GitHub has to be found."""
        return self.teams if rule.list_needed == "teams" else self.organisations


@dataclass(frozen=True)
class Decision:
    """Whether somebody may sign in; `reason` is None if so."""

    allowed: bool
    rule: Rule | None = None  # the first that matches
    groups: tuple[str, ...] = ()
    reason: ErrorCode | None = None


def decide(policy: Policy, rules: Sequence[Rule], evidence: Evidence) -> Decision:
    """Decide whether this person may sign in. Every rule that matches grants its groups.

    A rule does not match while its evidence is unknown.
    """
    is_invitation_needed = policy is Policy.KNOWN
    counting = [rule for rule in rules if not is_invitation_needed or rule.kind is RuleKind.INVITED]
    matching = [rule for rule in rules if matches(rule, evidence)]
    groups = tuple(sorted({group for rule in matching for group in rule.groups}))
    is_welcome = policy is Policy.ANYONE or (policy is Policy.KNOWN and evidence.is_known)
    deciding = [rule for rule in matching if rule in counting]
    if is_welcome or deciding:
        return Decision(True, next(iter(deciding), None), groups)
    return Decision(False, reason=_reason(counting, evidence))


def matches(rule: Rule, evidence: Evidence) -> bool | None:
    """Tell whether the rule is about this person; None if that is unknown."""
    if rule.kind in (RuleKind.EMAIL, RuleKind.INVITED):
        return evidence.email != "" and evidence.email == rule.value
    if rule.kind is RuleKind.EMAIL_DOMAIN:
        return evidence.email.rpartition("@")[2] == rule.value
    if rule.kind is RuleKind.GITHUB:
        return is_member(rule.value, rule.organisation, evidence.memberships_for(rule))
    if rule.kind not in (RuleKind.HOSTED_DOMAIN, RuleKind.CLAIM):
        raise ValueError(rule.kind)
    return _claim_matches(rule, evidence)


def _claim_matches(rule: Rule, evidence: Evidence) -> bool | None:
    if rule.claim not in evidence.claims and not evidence.has_all_claims:
        return None
    claim = evidence.claims.get(rule.claim)
    if rule.kind is RuleKind.CLAIM:
        return _says(claim, rule.value.partition("=")[2])
    with suppress(ValueError):  # what is no domain is compared as it is
        claim = ascii_domain(claim) if isinstance(claim, str) else claim
    return _says(claim, rule.value)


def _says(claim: object, value: str) -> bool:
    """Tell whether a claim equals this text or boolean, or is a list that contains it."""
    if isinstance(claim, list):
        return any(_says(member, value) for member in claim if not isinstance(member, list))
    if isinstance(claim, bool):
        return value == str(claim).lower()
    return isinstance(claim, str) and claim == value


def _reason(rules: Sequence[Rule], evidence: Evidence) -> ErrorCode:
    if any(matches(rule, evidence) is None for rule in rules):
        return ErrorCode.MEMBERSHIP_UNKNOWN
    kinds = {rule.kind for rule in rules}
    vouched = replace(evidence, email=evidence.unvouched_email)
    if any(rule.kind in BY_ADDRESS and matches(rule, vouched) for rule in rules):
        return ErrorCode.DOMAIN_NOT_VOUCHED_FOR
    if kinds & BY_ADDRESS and not (evidence.email or evidence.unvouched_email):
        return _reason_without_address(evidence)
    if kinds == {RuleKind.EMAIL_DOMAIN}:
        return ErrorCode.EMAIL_DOMAIN_NOT_ALLOWED
    if kinds and kinds <= {RuleKind.GITHUB, RuleKind.HOSTED_DOMAIN}:
        return ErrorCode.NOT_A_MEMBER
    return ErrorCode.NOT_ALLOWED


def _reason_without_address(evidence: Evidence) -> ErrorCode:
    if evidence.is_email_anothers:
        return ErrorCode.NOT_ALLOWED
    if evidence.is_email_unreadable:
        return ErrorCode.EMAIL_UNREADABLE
    return ErrorCode.EMAIL_NOT_SHARED if evidence.is_email_absent else ErrorCode.NO_VERIFIED_EMAIL


def in_plain_words(rules: Iterable[Rule]) -> str:
    """Say whom these rules let in: words after "limited to". They name no address and no claim."""
    return words_of(told(rules))


def told(rules: Iterable[Rule]) -> Told:
    """Return what strangers may read of these rules, in no language: up to three of them."""
    pairs = [(rule.kind.value, rule.value if rule.kind in NAMED else "") for rule in rules]
    return tuple(dict.fromkeys(pairs))[:MOST_TOLD]


def words_of(told: Told) -> str:
    """Say the same in the language of whoever reads it now."""
    words = {
        RuleKind.EMAIL: _("people on a list"),
        RuleKind.INVITED: _("people with an invitation"),
        RuleKind.EMAIL_DOMAIN: _("people with a verified address at {value}"),
        RuleKind.GITHUB: _("members of {value} at GitHub"),
        RuleKind.HOSTED_DOMAIN: _("people in the Google Workspace {value}"),
        RuleKind.CLAIM: _("people with a certain role"),
    }
    phrases = [words[RuleKind(kind)].format(value=value) for kind, value in told]
    return get_text_list(phrases, _("or")) or _("people who already have an account")
