"""The page that leads to a provider, where a form may not."""

from django.http import HttpResponse
from django.template.loader import render_to_string

from providers.models import Provider


def by_page(begun: HttpResponse, provider: Provider, words: str) -> HttpResponse:
    """Turn a redirect to the provider into a page that leads there, and says why.

    Browsers apply `form-action` to each redirect that follows a form. So the pages with the client
    secret could not say `'self'`.
    """
    url = begun["Location"]
    if url.startswith("/"):  # it has failed
        return begun
    about = {"provider": provider, "url": url, "words": words}
    begun.status_code = 200
    begun.content = render_to_string("going_to_provider.html", about)
    del begun["Location"]
    begun["Refresh"] = f"0;url={url}"
    return begun
