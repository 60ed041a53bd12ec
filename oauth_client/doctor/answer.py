"""What tells one answer of a token endpoint from another. Nothing of it is shown unlooked."""

import re
from dataclasses import dataclass
from typing import Any

import requests

from oauth_client.doctor.readings import SHOWN, VAGUE, Reading, reading_of
from protocol import token_body
from protocol.hints import hint_of
from protocol.jws.strict_json import NotStrictJsonError

MICROSOFT = re.compile(r"AADSTS\d{4,8}")  # shown too: whoever runs it can look it up


@dataclass(frozen=True)
class Answer:
    """Status and marks of an answer, the most exact mark first."""

    status: int
    marks: tuple[str, ...]
    has_token: bool  # which is not kept
    hint: str = ""  # what its description is about, see diagnosis/hints.py

    @property
    def is_about_us(self) -> bool:
        """Tell whether it says anything of our request: no outage, and no limit."""
        return self.status < 500 and self.status != 429

    @property
    def names_an_error(self) -> bool:
        """Tell whether it is an error response of OAuth 2.0, and no page of something else."""
        return self.is_about_us and not SHOWN.isdisjoint(self.marks)

    @property
    def shown(self) -> str:
        """Return the first mark that is fit to be shown although it decides nothing."""
        fit = (mark for mark in self.marks if mark in SHOWN or MICROSOFT.fullmatch(mark))
        return next(fit, "no error code that is known")

    def reading(self, kind: str) -> tuple[Reading, str]:
        """Return what it says at this kind of provider, and the mark that says it."""
        if not self.is_about_us:
            return Reading.NOTHING, ""
        reading, mark = reading_of(kind, self.marks)
        if self.hint == "redirect_uri" and reading in VAGUE:
            return Reading.REDIRECT_URI, mark or self.shown
        return reading, mark


def answer_of(response: requests.Response) -> Answer:
    """Read an answer (RFC 6749 §5.1, §5.2, and what others send in its place)."""
    members = _members(response)
    token = members.get("access_token")
    has_token = response.status_code == 200 and isinstance(token, str) and token != ""
    marks = (*_marks(members), f"status {response.status_code}")
    hint = hint_of(members.get("error_description"))
    return Answer(response.status_code, marks, has_token, hint)


def _marks(members: dict[str, Any]) -> list[str]:
    error, numbers = members.get("error"), members.get("error_codes")
    inner = error if isinstance(error, dict) else {}  # Facebook
    listed = numbers if isinstance(numbers, list) else []  # Microsoft
    marks = [f"AADSTS{number}" for number in listed if type(number) is int]
    texts = (inner.get("message"), members.get("message"), members.get("error_description"))
    marks += [text.lower() for text in texts if isinstance(text, str)]
    marks += [f"number {inner['code']}"] if type(inner.get("code")) is int else []
    marks += [error] if isinstance(error, str) else []
    own = members.get("errorCode")  # Okta
    return [*marks, f"errorCode {own}"] if isinstance(own, str) else marks


def _members(response: requests.Response) -> dict[str, Any]:
    try:
        content_type = response.headers.get("Content-Type", "")
        return token_body.members_of(content_type, response.content)
    except NotStrictJsonError:
        return {}
