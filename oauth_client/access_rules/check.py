"""Ask the rules in a sign-in, between the profile and the account."""

from collections.abc import Callable

from accounts import Identity
from oauth_client.access_rules.decision import Decision, Facts, Kind, Policy, decide, in_plain_words
from oauth_client.access_rules.models import AccessRule
from oauth_client.errors import AccountError, SignInError
from oauth_client.flow import AccessToken
from oauth_client.models import Provider
from oauth_client.providers import ProviderClient


def decision_on(
    provider: Provider,
    client: ProviderClient,
    token: AccessToken,
    identity: Identity,
    *,
    is_known: bool,
) -> Decision:
    """Return what the rules say of this person, or raise the `AccountError` of a refusal."""
    rows = AccessRule.objects.applying_to(provider.pk) if provider.has_rules else ()
    rules = [row.as_rule() for row in rows]
    wanted = {"/" in rule.value for rule in rules if rule.kind is Kind.GITHUB}
    facts = Facts(
        email=identity.email if identity.email_verified else "",
        is_known=is_known,
        claims=client.claims,
        organisations=_known(client.organisations, token) if False in wanted else None,
        teams=_known(client.teams, token) if True in wanted else None,
    )
    policy = Policy(provider.who_may_sign_in)
    decision = decide(policy, rules, facts)
    if decision.reason is not None:
        asked = [] if policy is Policy.KNOWN else rules
        raise AccountError(decision.reason, rule=in_plain_words(asked))
    return decision


def _known(ask: Callable[[str], frozenset[str]], token: AccessToken) -> frozenset[str] | None:
    """Return the answer, None where the provider gave none: then such a rule matches nobody."""
    try:
        return ask(token.access_token)
    except SignInError:
        return None
