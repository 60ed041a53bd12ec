"""What a sign-in has relied on: its provider as it was, and the rules that were judged.

Both may have changed while the visitor was at the provider. Step 8 checks them once more in its own
transaction; `sessions.terms` says how.
"""

from functools import partial

from django.db import connection

from access_rules.applying import rules_of
from access_rules.decision import Rule
from accounts.errors import AccountError
from protocol.errors import ErrorCode
from providers.models import Provider
from sessions.terms import Terms, shared_lock

# These decide whose accounts they are, and which addresses count.
SETTINGS = ("kind", "base_url", "client_id", "sealed_extra", "vouches_for")
POLICY = "who_may_sign_in"
ENABLED = f"""EXISTS (
    SELECT 1 FROM providers_provider AS provider
    WHERE provider.id = %s AND provider.enabled
    AND {" AND ".join(f"provider.{name} = %s" for name in (*SETTINGS, POLICY))}
    {{lock}}
)"""  # noqa: S608 - our own names
NO_RULES = """NOT EXISTS (
    SELECT 1 FROM access_rules_accessrule AS rule
    WHERE rule.provider_id = %s OR rule.provider_id IS NULL
)"""


def terms_of(provider: Provider, rules: tuple[Rule, ...]) -> Terms:
    """Return the terms of a sign-in through this provider, to which these rules applied.

    Without rules, one condition asks everything, so that a returning sign-in needs no more queries.
    """
    key = Provider._meta.pk.get_db_prep_save(provider.pk, connection)  # noqa: SLF001 - documented
    values = (getattr(provider, name) for name in (*SETTINGS, POLICY))
    enabled = ENABLED.format(lock=shared_lock("provider"))
    broken = partial(_broken, provider, rules)
    if rules:
        return Terms(enabled, (key, *values), broken, is_complete=False)
    return Terms(f"{enabled} AND {NO_RULES}", (key, *values, key), broken)


def _broken(provider: Provider, rules: tuple[Rule, ...]) -> AccountError | None:
    """Return an error that says what has changed; None if nothing has."""
    now = Provider.objects.filter(pk=provider.pk).first()
    if now is None:
        return AccountError(ErrorCode.PROVIDER_REMOVED)
    if not now.enabled:
        return AccountError(ErrorCode.PROVIDER_SWITCHED_OFF)
    if any(getattr(now, name) != getattr(provider, name) for name in SETTINGS):
        return AccountError(ErrorCode.PROVIDER_CHANGED)
    has_policy = now.who_may_sign_in == provider.who_may_sign_in
    if has_policy and set(rules_of(now)) == set(rules):
        return None
    return AccountError(ErrorCode.RULES_CHANGED)
