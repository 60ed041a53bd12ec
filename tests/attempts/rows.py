"""Sign-ins as they lie in the database."""

from typing import Any

from attempts.models import SignInAttempt

REFERENCE = "7F3K-Q2MD"


def add_attempt(**fields: Any) -> SignInAttempt:
    """Keep a sign-in that failed with a wrong secret, unless something else is said."""
    given: dict[str, Any] = {
        "reference": REFERENCE,
        "provider": "demo",
        "process": "sign_in",
        "diagnosis": "wrong_client_secret",
        "step": 6,
        "status": 401,
        "milliseconds": 120,
    }
    return SignInAttempt.objects.create(**given | fields)
