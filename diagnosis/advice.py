"""What the admin reads about a failure at a provider: cause, fix, and the values to paste."""

from django.conf import settings
from django.utils.html import conditional_escape
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from diagnosis.entries import DIAGNOSES, Advice
from protocol.discovery_address import document_of
from providers.models import Provider

OF_THE_ROW = ("redirect_uri", "client_id", "issuer", "document")


def advice_on(code: str, provider: Provider | str, retry_after: int = 0) -> Advice:
    """Return cause and fix of a diagnosis as HTML. `provider` is a slug if its row is removed.

    `retry_after` is how many seconds the provider asked us to wait, 0 if it did not say.
    """
    if isinstance(provider, Provider):
        values: dict[str, str] = values_of(provider)
    else:
        removed = conditional_escape(_("(the provider has been removed)"))
        values = dict.fromkeys(OF_THE_ROW, removed)
        values |= {"provider": provider, "site": settings.BASE_URL}
    return DIAGNOSES[code].advice.on_page(values | {"wait": _wait(retry_after)})


def values_of(provider: Provider) -> dict[str, str]:
    """Return the values that the advice on a provider names, and no word of any language."""
    base_url = provider.base_url or provider.catalogued.base_url
    return {
        "provider": provider.name,
        "site": settings.BASE_URL,
        "redirect_uri": provider.redirect_uri,
        "client_id": provider.client_id,
        "issuer": base_url.rstrip("/"),
        "document": document_of(base_url),
    }


def _wait(seconds: int) -> str:
    if not seconds:
        return _("a few minutes")
    return ngettext("{count} second", "{count} seconds", seconds).format(count=seconds)
