"""Refused requests of apps, as they lie in the database."""

from typing import Any

from oidc_provider.failure_rows import AppFailure, AppFailureCount
from oidc_provider.failures import COUNTS, ROWS

REFERENCE = "7F3K-Q2MD"
ASKED = "https://grafana.example/login/google"


def kept() -> AppFailure:
    """Return the only failure, after the background thread has written."""
    ROWS.write()
    return AppFailure.objects.get()


def counted() -> dict[tuple[str, str], int]:
    COUNTS.write()
    rows = AppFailureCount.objects.values_list("client_id", "refusal", "number")
    return {(client_id, refusal): number for client_id, refusal, number in rows}


def add_failure(**fields: Any) -> AppFailure:
    """Keep a failure: a redirect URI that is not registered, unless something else is said."""
    given: dict[str, Any] = {
        "reference": REFERENCE,
        "client_id": "grafana",
        "refusal": "redirect_uri_unknown",
        "error": "invalid_request",
        "address": "203.0.113.9",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0",
        "facts": {"redirect_uri": ASKED, "endpoint": "/oauth/authorize"},
    }
    return AppFailure.objects.create(**given | fields)
