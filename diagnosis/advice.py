"""What the admin reads about a failure at a provider: cause, fix, and the values to paste."""

from django.conf import settings

from diagnosis.entries import DIAGNOSES, Advice
from protocol.discovery_address import document_of
from providers import catalogue
from providers.models import Provider


def advice_on(code: str, provider: Provider | str, retry_after: int = 0) -> Advice:
    """Return cause and fix of a diagnosis. `provider` is a slug if its row is removed.

    `retry_after` is how many seconds the provider asked us to wait, 0 if it did not say.
    """
    wait = f"{retry_after} seconds" if retry_after else "a few minutes"
    values = {"site": settings.BASE_URL, "wait": wait} | _values_of(provider)
    return DIAGNOSES[code].advice.filled(values)


def _values_of(provider: Provider | str) -> dict[str, str]:
    if isinstance(provider, str):
        gone = ("redirect_uri", "client_id", "issuer", "document")
        return {"provider": provider} | dict.fromkeys(gone, "(the provider is removed)")
    kind = catalogue.kinds().get(provider.kind)
    entered = provider.base_url or (kind.base_url if kind else "")
    return {
        "provider": provider.name,
        "redirect_uri": provider.redirect_uri,
        "client_id": provider.client_id,
        "issuer": entered.rstrip("/"),
        "document": document_of(entered),
    }
