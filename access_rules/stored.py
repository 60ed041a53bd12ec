"""What is kept of people whom rules are about, so that the rules can be asked without them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from access_rules.decision import Facts, Kind, Rule
from access_rules.models import MembershipFacts
from accounts.vouching import vouches_for
from providers.email_domains import domain_of

MAX_TEXT = 400  # characters; no rule is longer
MAX_LISTED = 500  # entries; a longer list is not known


def keep(account_pk: int, rules: Iterable[Rule], facts: Facts, now: datetime) -> None:
    """Keep what these rules ask for, in one statement."""
    names = claim_names(rules)
    if not facts.has_all_claims:
        names &= set(facts.claims)
    told = {name: facts.claims.get(name) for name in names}
    row = MembershipFacts(
        account_id=account_pk,
        claims={name: _kept(value) for name, value in told.items() if _is_short(value)},
        organisations=_listed(facts.organisations),
        teams=_listed(facts.teams),
        checked_at=now,
    )
    MembershipFacts.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=["claims", "organisations", "teams", "checked_at"],
    )


def claim_names(rules: Iterable[Rule]) -> set[str]:
    """Return the claims that these rules look at."""
    asked = list(rules)
    hosted = {"hd" for rule in asked if rule.kind is Kind.HOSTED_DOMAIN}
    return hosted | {rule.value.partition("=")[0] for rule in asked if rule.kind is Kind.CLAIM}


def known_facts(
    asked: Sequence[SocialAccount], may_vouch_for: Callable[[str], bool]
) -> dict[int, Facts]:
    """Return what is known of each of these accounts of one provider, by primary key: two queries.

    An address counts where the account vouches for it, the provider may, and nobody else has proven
    it here.
    """
    rows = MembershipFacts.objects.in_bulk([account.pk for account in asked])
    told = {str(account.extra_data.get("email", "")) for account in asked}
    proven = EmailAddress.objects.filter(email__in=told, verified=True)
    owners = dict(proven.values_list("email", "user_id"))
    facts = {account.pk: _facts(account, rows.get(account.pk), owners) for account in asked}
    return {pk: _as_far_as_vouched(each, may_vouch_for) for pk, each in facts.items()}


def _as_far_as_vouched(facts: Facts, may_vouch_for: Callable[[str], bool]) -> Facts:
    if not facts.email or may_vouch_for(domain_of(facts.email)):
        return facts
    return replace(facts, email="", unvouched_email=facts.email)


def _facts(account: SocialAccount, row: MembershipFacts | None, owners: Mapping[str, Any]) -> Facts:
    email = str(account.extra_data.get("email", ""))
    return Facts(
        email=email if _is_proven(account, email, owners) else "",
        is_known=True,
        claims=row.claims if row else {},
        has_all_claims=False,
        organisations=_names(row.organisations) if row else None,
        teams=_names(row.teams) if row else None,
    )


def _is_proven(account: SocialAccount, email: str, owners: Mapping[str, Any]) -> bool:
    """Tell whether it is; without a verdict, only what is proven here already."""
    has_verdict = account.extra_data.get("email_verified") is True
    nobodys = account.user_id if has_verdict else None
    return vouches_for(account, email) and owners.get(email, nobodys) == account.user_id


def _names(listed: list[str] | None) -> frozenset[str] | None:
    return None if listed is None else frozenset(listed)


def _listed(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(filter(_is_text, names))


def _is_short(value: object) -> bool:
    return not isinstance(value, list) or len(value) <= MAX_LISTED


def _kept(value: object) -> object:
    """Return what a rule could match of a claim, and a database can store."""
    if isinstance(value, list):
        return [one for one in value if isinstance(one, bool) or _is_text(one)]
    return value if isinstance(value, bool) or _is_text(value) else None


def _is_text(value: object) -> bool:
    """Tell whether it is a text without NUL and half characters, which PostgreSQL refuses."""
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\0" in value:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
