"""Keep what is needed to judge an account by the rules after its sign-in.

That is the evidence for the rules, and the provider's tokens to ask for newer evidence.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access_rules.decision import ASKED_AGAIN, Evidence, Rule
from access_rules.models import AccessRule, MembershipFacts, ProviderToken
from access_rules.rule_kinds import RuleKind
from accounts.self_service.personal_data import DataPart, columns
from accounts.vouching import claimed_address
from protocol.flow import AccessToken
from providers.organisations import NameChange, name_change, number_of
from sessions.models import User

logger = logging.getLogger(__name__)
MAX_TEXT = 400  # characters; no rule is longer
MAX_LISTED = 500  # entries; a longer list is not kept


def keep_evidence(
    account_pk: int, rules: Iterable[Rule], evidence: Evidence, now: datetime
) -> None:
    """Keep the evidence that these rules need, in one statement."""
    names = claim_names(rules)
    if not evidence.has_all_claims:
        names &= set(evidence.claims)
    claims = {name: evidence.claims.get(name) for name in names}
    row = MembershipFacts(
        account_id=account_pk,
        claims={
            name: _kept(value)
            for name, value in claims.items()
            if not (isinstance(value, list) and len(value) > MAX_LISTED)
        },
        organisations=_listed(evidence.organisations),
        teams=_listed(evidence.teams),
        checked_at=now,
    )
    MembershipFacts.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=["claims", "organisations", "teams", "checked_at"],
    )


def claim_names(rules: Iterable[Rule]) -> set[str]:
    return {rule.claim for rule in rules} - {""}


def keep_token(account_pk: int, token: AccessToken, now: datetime) -> ProviderToken:
    """Keep the tokens in one statement. Without a new refresh token, the earlier one stays.

    A provider may issue one at the first consent only, and need not rotate it (RFC 6749 §6).
    """
    row = ProviderToken(account_id=account_pk, issued_at=now)
    row.access_token, row.refresh_token = token.access_token, token.refresh_token
    if token.expires_in is not None:
        row.expires_at = now + timedelta(seconds=token.expires_in)
    renewed = ["sealed_access_token", "expires_at", "issued_at"]
    renewed += ["sealed_refresh_token"] if token.refresh_token else []
    ProviderToken.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["account"], update_fields=renewed
    )
    return row


def remove_unneeded_tokens() -> int:
    """Delete the tokens of providers without a rule that is asked again."""
    rules = AccessRule.objects.filter(kind__in=ASKED_AGAIN).exclude(provider=None)
    needed = rules.values_list("provider__slug", flat=True)
    return ProviderToken.objects.exclude(account__provider__in=list(needed)).delete()[0]


def keep_organisations(provider: str, rules: Iterable[Rule], evidence: Evidence) -> None:
    """Keep the number of each organisation; warn if somebody else has its name now."""
    for rule in rules:
        memberships, number = evidence.memberships_for(rule), rule.organisation
        if rule.kind is not RuleKind.GITHUB or not memberships:
            continue
        rows = AccessRule.objects.filter(
            provider__slug=provider, kind=rule.kind, value=rule.value, organisation=number
        )
        if number is not None:
            _keep_name_change(rows, name_change(rule.value, number, memberships))
        elif rule.value in memberships and (found := number_of(rule.value, memberships)):
            rows.update(organisation=found)


def _keep_name_change(rows: QuerySet[AccessRule], change: NameChange) -> None:
    """Keep what the admin is warned of, and log it once."""
    new = {"name_change": change.code, "new_name": change.new_name}
    if change.code and rows.exclude(**new).update(**new):
        logger.warning("organisation of an access rule: %s %s", change.code, change.new_name)


def known_evidence(
    accounts: Sequence[SocialAccount], may_vouch_for: Callable[[str], bool]
) -> dict[int, Evidence]:
    """Return what is kept of these accounts of one provider, by primary key: two queries.

    An address counts if its account and provider vouch for it, and nobody else has proven it here.
    """
    rows = MembershipFacts.objects.in_bulk([account.pk for account in accounts])
    addresses = set(map(claimed_address, accounts))
    proven = EmailAddress.objects.filter(email__in=addresses, verified=True)
    owners = dict(proven.values_list("email", "user_id"))
    known = {}
    for account in accounts:
        email, facts = _proven_address(account, owners), rows.get(account.pk, MembershipFacts())
        counts = may_vouch_for(email.rpartition("@")[2])
        known[account.pk] = Evidence(
            email=email if counts else "",
            unvouched_email="" if counts else email,
            is_known=True,
            claims=facts.claims,
            has_all_claims=False,
            organisations=_names(facts.organisations),
            teams=_names(facts.teams),
        )
    return known


def _proven_address(account: SocialAccount, owners: Mapping[str, Any]) -> str:
    """Return the account's address; "" if it is not proven.

    If the provider has not called it verified, it counts only if it is proven here already.
    """
    email = claimed_address(account)
    owner = owners.get(email)
    verdict = account.extra_data.get("email_verified", owner == account.user_id)
    return email if verdict is True and owner in (None, account.user_id) else ""


def _names(listed: list[str] | None) -> frozenset[str] | None:
    return None if listed is None else frozenset(listed)


def _listed(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(filter(_is_text, names))


def _kept(value: object) -> object:
    """Return the part of a claim that a rule could match and a database can store."""
    if isinstance(value, list):
        return [member for member in value if isinstance(member, bool) or _is_text(member)]
    return value if isinstance(value, bool) or _is_text(value) else None


def _is_text(value: object) -> bool:
    """Tell whether it is a text without NUL and lone surrogates, which PostgreSQL refuses."""
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\0" in value:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _memberships(user: User) -> Iterator[dict[str, Any]]:
    facts = MembershipFacts.objects.filter(account__user=user).order_by("pk")
    facts = facts.annotate(provider=F("account__provider"))
    return columns(facts, "provider", "claims", "organisations", "teams", "checked_at")


MEMBERSHIPS = DataPart(
    "memberships",
    gettext_lazy("Memberships"),
    gettext_lazy(
        "Your groups and organisations at the provider, if a rule of this site needs them. To ask "
        "again later, the provider's token is kept encrypted. Nobody can see it."
    ),
    lambda: _("Until you disconnect the account, or until no rule needs them."),
    _memberships,
)
