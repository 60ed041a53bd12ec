"""What the admin reads about a failure at a provider: cause, fix, and the values to paste."""

from django.conf import settings

from diagnosis.entries import DIAGNOSES, Advice
from protocol.discovery_address import document_of
from providers.models import Provider


def advice_on(code: str, provider: Provider | str, retry_after: int = 0) -> Advice:
    """Return cause and fix of a diagnosis. `provider` is a slug if its row is removed.

    `retry_after` is how many seconds the provider asked us to wait, 0 if it did not say.
    """
    if isinstance(provider, Provider):
        base_url = provider.base_url or provider.catalogued.base_url
        values = {
            "provider": provider.name,
            "redirect_uri": provider.redirect_uri,
            "client_id": provider.client_id,
            "issuer": base_url.rstrip("/"),
            "document": document_of(base_url),
        }
    else:
        gone = ("redirect_uri", "client_id", "issuer", "document")
        values = {"provider": provider} | dict.fromkeys(gone, "(the provider is removed)")
    wait = f"{retry_after} seconds" if retry_after else "a few minutes"
    return DIAGNOSES[code].advice.filled(values | {"site": settings.BASE_URL, "wait": wait})
