"""Decide what is wrong, from all that is known of a failed sign-in, by `rules.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnosis.entries import BY_MICROSOFT_NUMBER, DIAGNOSES, Diagnosis
from protocol.error_names import OF_THE_SECRET
from protocol.errors import ErrorCode

RULES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("rules.toml").read_text("utf-8")
)["rules"]
OF_THE_TOKEN_ENDPOINT = (ErrorCode.INVALID_GRANT, ErrorCode.TOKEN_REFUSED)


@dataclass(frozen=True)
class Facts:
    """All that a diagnosis is made of."""

    code: ErrorCode
    step: int  # row of the flow's table
    kind: str = ""  # of the provider
    provider_error: str = ""  # its own code, where that is a well-known one
    hint: str = ""  # what its description is about, see protocol/error_names.py
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
        is_of_the_secret = self.provider_error in OF_THE_SECRET
        return self.code is ErrorCode.INVALID_CLIENT or (
            self.code in OF_THE_TOKEN_ENDPOINT and is_of_the_secret
        )


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
