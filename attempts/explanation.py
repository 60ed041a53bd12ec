"""What the page of a failed sign-in explains: the cause, and the fix with the values to paste."""

from django.conf import settings

from attempts.models import SignInAttempt
from diagnosis import Advice, Diagnosis, advice_for
from protocol.discovery_address import document_of
from providers import catalogue
from providers.models import Provider

DOCS = "docs/failures.md"
SOME_TIME = "a few minutes"


def advice_on(attempt: SignInAttempt, provider: Provider | None) -> Advice:
    """Return the cause and the fix, with the values of the provider as it is now."""
    advice = advice_for(Diagnosis(attempt.diagnosis))
    return advice.filled(_values(attempt, provider))


def docs_anchor(attempt: SignInAttempt) -> str:
    return f"{DOCS}#{attempt.diagnosis}"


def _values(attempt: SignInAttempt, provider: Provider | None) -> dict[str, str]:
    wait = f"{attempt.retry_after} seconds" if attempt.retry_after else SOME_TIME
    if provider is None:
        gone = dict.fromkeys(
            ("redirect_uri", "client_id", "issuer", "document"), "(the provider is removed)"
        )
        return gone | {"site": settings.BASE_URL, "wait": wait, "provider": attempt.provider}
    return values_of(provider, wait)


def values_of(provider: Provider, wait: str = SOME_TIME) -> dict[str, str]:
    """Return what an advice names of a provider."""
    kind = catalogue.kinds().get(provider.kind)
    entered = provider.base_url or (kind.base_url if kind else "")
    return {
        "site": settings.BASE_URL,
        "wait": wait,
        "provider": provider.name,
        "redirect_uri": provider.redirect_uri,
        "client_id": provider.client_id,
        "issuer": entered.rstrip("/"),
        "document": document_of(entered),
    }
