"""Decide what is wrong, from all that is known of a failed sign-in, by `rules.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from diagnosis.entries import BY_MICROSOFT_NUMBER, DIAGNOSES, Diagnosis
from encryption import SealBrokenError
from outgoing.trace import Recorder
from protocol.errors import OF_THE_SECRET, ErrorCode, SignInError
from providers.models import Provider

SOURCE = Path(__file__).with_name("rules.toml")
RULES: list[dict[str, Any]] = tomllib.loads(SOURCE.read_text("utf-8"))["rules"]
OTHER_HOST = "came-by"  # a parameter that config.middleware adds to a redirect URI at another host


@dataclass(frozen=True)
class Facts:
    """All that a diagnosis is made of."""

    code: ErrorCode
    step: int  # row of the flow's table
    kind: str = ""  # of the provider
    provider_error: str = ""  # its own code, where that is a well-known one
    hint: str = ""  # what its description is about, see protocol/errors.py
    status: int = 0  # of its last response, 0 for none
    secret_has_space: bool = False
    secret_is_expired: bool = False
    asks_for_email: bool = True
    has_cookies: bool = True  # the visitor's browser sent any
    came_by_other_host: bool = False
    came_by_plain_http: bool = False

    @property
    def refuses_secret(self) -> bool:
        """Tell whether the token endpoint refused the client, by a code or by another error."""
        if self.code in (ErrorCode.INVALID_GRANT, ErrorCode.TOKEN_REFUSED):
            return self.provider_error in OF_THE_SECRET
        return self.code is ErrorCode.INVALID_CLIENT


def facts_of(
    error: SignInError, provider: Provider, request: HttpRequest, recorder: Recorder
) -> Facts:
    """Collect the facts of one failed sign-in from error, row, request and response."""
    response = recorder.last_answer
    expires_on = provider.secret_expires_on
    # A proxy says by which scheme the visitor came.
    scheme = request.headers.get("X-Forwarded-Proto", "").strip().lower()
    return Facts(
        code=error.code,
        step=error.step,
        kind=provider.kind,
        provider_error=error.provider_error,
        hint=response.hint,
        status=response.status,
        secret_has_space=_secret_has_space(error, provider),
        secret_is_expired=expires_on is not None and expires_on < timezone.localdate(),
        asks_for_email=any("email" in scope for scope in provider.scopes),
        has_cookies=bool(request.COOKIES),
        came_by_other_host=OTHER_HOST in request.GET,
        came_by_plain_http=settings.IS_HTTPS and scheme == "http",
    )


def _secret_has_space(error: SignInError, provider: Provider) -> bool:
    """Tell whether the secret has white space. Look only if the error may be about the secret."""
    if error.code not in (ErrorCode.INVALID_CLIENT, ErrorCode.TOKEN_REFUSED):
        return False
    try:
        return any(character.isspace() for character in provider.client_secret)
    except SealBrokenError:
        return False


def diagnose(facts: Facts) -> Diagnosis:
    """Return what is wrong. Every code has a diagnosis. The result depends only on the facts."""
    code = BY_MICROSOFT_NUMBER.get(facts.hint)
    finer = (rule["then"] for rule in RULES if _holds(rule, facts))
    return DIAGNOSES[code or next(finer, facts.code)]


def _holds(rule: dict[str, Any], facts: Facts) -> bool:
    """Compare each condition of a rule, a value or a list of values, with the facts."""
    return all(
        getattr(facts, name) in (wanted if isinstance(wanted, list) else [wanted])
        for name, wanted in rule.items()
        if name != "then"
    )
