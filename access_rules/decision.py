"""Decide who may sign in from rules and facts alone: nothing is asked, read or written here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from accounts.email_addresses import ascii_domain
from protocol.errors import ErrorCode
from providers.models import Policy
from providers.organisations import is_member


class Kind(StrEnum):
    """What a rule looks at."""

    EMAIL = "email"
    EMAIL_DOMAIN = "email_domain"
    GITHUB = "github"
    HOSTED_DOMAIN = "hosted_domain"
    CLAIM = "claim"
    INVITED = "invited"


ASKED_AGAIN = (Kind.GITHUB, Kind.HOSTED_DOMAIN, Kind.CLAIM)  # of people who are signed in
BY_ADDRESS = {Kind.EMAIL, Kind.EMAIL_DOMAIN, Kind.INVITED}  # one that is verified


@dataclass(frozen=True)
class Rule:
    """One line of the admin's list. `value` is normalised, see `AccessRule.clean`."""

    kind: Kind
    value: str
    groups: tuple[str, ...] = ()
    organisation: int | None = None  # its number at GitHub, once that is known

    @property
    def names_a_team(self) -> bool:
        """Tell whether a rule about GitHub is about a team, not about a whole organisation."""
        return "/" in self.value


@dataclass(frozen=True)
class Facts:
    """What is known of one person. `organisations` and `teams` are None while they are not.

    `email` is "" unless it is verified; all names are in lower case. `unvouched_email` is one that
    the provider calls verified and may not vouch for. An address that is somebody else's here
    already counts for nobody else, and one that cannot be read is none.
    """

    email: str = ""
    unvouched_email: str = ""
    is_email_anothers: bool = False
    is_email_unreadable: bool = False
    is_known: bool = False  # has an account here already
    claims: Mapping[str, object] = field(default_factory=dict)
    has_all_claims: bool = True  # else one that is not in `claims` is not known
    kept_claims: frozenset[str] = frozenset()  # that were told at the sign-in and not again
    organisations: frozenset[str] | None = None
    teams: frozenset[str] | None = None  # as `organisation/team-slug`; see organisations.py


@dataclass(frozen=True)
class Decision:
    """What follows: `reason` is None for somebody who is let in."""

    allowed: bool
    rule: Rule | None = None  # the first that matches
    groups: tuple[str, ...] = ()
    reason: ErrorCode | None = None


def decide(policy: Policy, rules: Sequence[Rule], facts: Facts) -> Decision:
    """Return whether this person may sign in, and the groups of every rule that matches.

    A rule whose facts are unknown matches nobody.
    """
    counting = [rule for rule in rules if policy is not Policy.KNOWN or rule.kind is Kind.INVITED]
    matching = [rule for rule in rules if matches(rule, facts)]
    groups = tuple(sorted({group for rule in matching for group in rule.groups}))
    is_welcome = policy is Policy.ANYONE or (policy is Policy.KNOWN and facts.is_known)
    deciding = [rule for rule in matching if rule in counting]
    if is_welcome or deciding:
        return Decision(True, next(iter(deciding), None), groups)
    return Decision(False, reason=_reason(counting, facts))


def wants_organisations(rules: Iterable[Rule]) -> bool:
    return any(rule.kind is Kind.GITHUB and not rule.names_a_team for rule in rules)


def wants_teams(rules: Iterable[Rule]) -> bool:
    return any(rule.kind is Kind.GITHUB and rule.names_a_team for rule in rules)


def matches(rule: Rule, facts: Facts) -> bool | None:
    """Tell whether the rule is about this person; None when that is not known."""
    if rule.kind in (Kind.EMAIL, Kind.INVITED):
        return facts.email != "" and facts.email == rule.value
    if rule.kind is Kind.EMAIL_DOMAIN:
        return facts.email.rpartition("@")[2] == rule.value
    if rule.kind is Kind.HOSTED_DOMAIN:
        return _claims(facts, "hd", rule.value, as_domain)
    if rule.kind is Kind.CLAIM:
        name, _, value = rule.value.partition("=")
        return _claims(facts, name, value)
    memberships = facts.teams if rule.names_a_team else facts.organisations
    return is_member(rule.value, rule.organisation, memberships)


def as_domain(told: object) -> object:
    """Return a domain in the form in which rules have them; whatever is none stays as it is."""
    try:
        return ascii_domain(told) if isinstance(told, str) else told
    except ValueError:
        return told


def _claims(
    facts: Facts, name: str, value: str, read: Callable[[object], object] = lambda told: told
) -> bool | None:
    if name not in facts.claims and not facts.has_all_claims:
        return None
    return _says(read(facts.claims.get(name)), value)


def _says(told: object, value: str) -> bool:
    """Tell whether a claim is this text or truth value, or a list that has it."""
    if isinstance(told, list):
        return any(_says(one, value) for one in told if not isinstance(one, list))
    if isinstance(told, bool):
        return value == str(told).lower()
    return isinstance(told, str) and told == value


def _reason(rules: Sequence[Rule], facts: Facts) -> ErrorCode:
    if any(matches(rule, facts) is None for rule in rules):
        return ErrorCode.MEMBERSHIP_UNKNOWN
    kinds = {rule.kind for rule in rules}
    if facts.unvouched_email and _would_match(rules, facts):
        return ErrorCode.DOMAIN_NOT_VOUCHED_FOR
    if kinds & BY_ADDRESS and not (facts.email or facts.unvouched_email):
        return _reason_without_address(facts)
    if kinds == {Kind.EMAIL_DOMAIN}:
        return ErrorCode.EMAIL_DOMAIN_NOT_ALLOWED
    if kinds and kinds <= {Kind.GITHUB, Kind.HOSTED_DOMAIN}:
        return ErrorCode.NOT_A_MEMBER
    return ErrorCode.NOT_ALLOWED


def _reason_without_address(facts: Facts) -> ErrorCode:
    if facts.is_email_anothers:
        return ErrorCode.NOT_ALLOWED
    is_unreadable = facts.is_email_unreadable
    return ErrorCode.EMAIL_UNREADABLE if is_unreadable else ErrorCode.NO_VERIFIED_EMAIL


def _would_match(rules: Iterable[Rule], facts: Facts) -> bool:
    """Tell whether the address would open the door if the provider might vouch for it."""
    vouched = replace(facts, email=facts.unvouched_email)
    return any(rule.kind in BY_ADDRESS and matches(rule, vouched) for rule in rules)


def in_plain_words(rules: Iterable[Rule]) -> str:
    """Return whom these rules let in, for strangers: nobody's address, no claim of anybody's."""
    words = {
        Kind.EMAIL: "people on its list",
        Kind.INVITED: "people it has invited",
        Kind.EMAIL_DOMAIN: "people with a confirmed address at {}",
        Kind.GITHUB: "members of {} at GitHub",
        Kind.HOSTED_DOMAIN: "people of the Google organisation {}",
        Kind.CLAIM: "people with a certain role there",
    }
    said = dict.fromkeys(words[rule.kind].format(rule.value) for rule in rules)
    return " or ".join(list(said)[:3]) or "people it knows already"
