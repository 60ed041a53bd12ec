"""Are client ID and secret right? Send a code that is wrong on purpose, and read the answer.

A provider has to authenticate the client before it checks the code (RFC 6749 §4.1.3). So a
complaint about the code would mean that client ID and secret are right. But some check the code
first, and some accept any secret from a public client. So `readings.toml` reads it as `good` only
for kinds that are known to follow the RFC. For others it is `invalid_grant`, and more requests
decide: one has a wrong secret, and for a few kinds another one has no code. If the provider refuses
the client, the secret is sent once more by the other method: perhaps only the method is wrong.
"""

import secrets
import tomllib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils.translation import gettext_noop as _

from diagnosis.entries import BY_MICROSOFT_NUMBER
from encryption import SealBrokenError
from oauth_client.doctor.findings import (
    METHOD_FIX,
    NOT_CHECKED,
    Finding,
    Findings,
    Outcome,
    diagnosed,
    no_answer,
    ok,
    problem,
    unknown,
)
from oauth_client.doctor.subject import Subject
from protocol import flow, more_messages
from protocol.client_authentication import Client, TokenEndpointAuthMethod
from protocol.errors import MICROSOFT, OutgoingError, hint_of
from protocol.token_response import TokenResponse

NEXT = _("Next client secret")
ENDED = {"client_secret_expired", "application_suspended"}
NOTHING = "nothing"  # the reading of an answer that is not listed
TABLES = tomllib.loads(Path(__file__).with_name("readings.toml").read_text("utf-8"))
BY_RFC: dict[str, str] = TABLES["by_rfc"]
BY_KIND: dict[str, dict[str, str]] = TABLES["by_kind"]
BY_KIND["microsoft"] |= BY_MICROSOFT_NUMBER
OWN_TOKEN: dict[str, str] = TABLES["own_token"]
WORDS: dict[str, dict[str, str]] = TABLES["words"]  # of readings that are no diagnosis
# These are about the redirect URI if the description names it.
VAGUE = {"credentials", "credentials_or_uri", "unknown_or_disabled", "client_not_allowed", NOTHING}
# The answer to a wrong secret may be one of these.
REFUSES_THE_CLIENT = {*VAGUE, "wrong_client_id", "wrong_client_secret"} - {NOTHING}
# Error codes of RFC 6749 §5.2. They may be shown, even if they decide nothing.
SHOWN = {*BY_RFC, "invalid_request", "unsupported_grant_type", "invalid_scope"}


def credentials(subject: Subject) -> Findings:
    """Check the secret, and the next one if there is one."""
    if subject.registration is None or subject.server is None:
        yield unknown(NOT_CHECKED, _("Fix the other problems first."))
        return
    trial = Trial(subject, subject.server, subject.registration)
    yield trial.finding()
    if not subject.provider.sealed_next_client_secret:
        return
    try:
        secret = subject.provider.next_client_secret
    except SealBrokenError:
        yield unknown(_("The next secret can't be decrypted."), _("Enter it again."), check=NEXT)
        return
    next_registration = replace(subject.registration, client_secret=secret)
    yield replace(replace(trial, registration=next_registration).finding(), check=NEXT)


@dataclass(frozen=True)
class Trial:
    """One secret that is tried at the token endpoint."""

    subject: Subject
    server: flow.AuthorizationServer
    registration: Client

    def finding(self) -> Finding:
        """Send a wrong code, a second request if needed, and say what the answers mean."""
        try:
            response = self._send_wrong_code(self.registration)
        except OutgoingError as error:
            return no_answer(self.subject.provider, error)
        found = self._read(response)
        reading, mark = self._reading(response)
        with suppress(OutgoingError):
            if reading in VAGUE and (mark or not SHOWN.isdisjoint(response.marks)):
                return self._by_the_other_method() or found
            if reading == "invalid_grant":
                return self._with_another_secret(mark) or self._without_a_code() or found
        return found

    def _send_wrong_code(self, registration: Client) -> TokenResponse:
        code = secrets.token_hex(10)  # no provider has issued it
        request = flow.access_token_request(self.server, registration, flow.Attempt.new(), code)
        return self.subject.token_response(request)

    def _by_the_other_method(self) -> Finding | None:
        """Send the secret by the other method: a server may accept only one (RFC 6749 §2.3.1)."""
        if not self.subject.provider.catalogued.takes_secret:
            return None
        method = self.registration.token_endpoint_auth_method
        other = next(each for each in TokenEndpointAuthMethod if each is not method)
        registration = replace(self.registration, token_endpoint_auth_method=other)
        reading, mark = self._reading(self._send_wrong_code(registration))
        if reading not in ("good", "invalid_grant"):
            return None
        cause = _("The provider refuses the secret with {method}, but accepts it with {other}.")
        values = {"method": str(method), "other": str(other)}
        return problem(cause, METHOD_FIX, str(other), values, mark)

    def _with_another_secret(self, mark: str) -> Finding | None:
        """Send a wrong secret. If the provider refuses that one, our secret is right."""
        secret = _of_the_same_shape(self.registration.client_secret)
        registration = replace(self.registration, client_secret=secret)
        reading, refusal = self._reading(self._send_wrong_code(registration))
        if reading not in REFUSES_THE_CLIENT:
            return None
        cause = _("Client ID and secret are correct. The provider refuses a different secret.")
        return ok(cause, detail=f"{mark}, {refusal}")

    def _without_a_code(self) -> Finding | None:
        """Request a token of the application itself, if possible, and discard it."""
        kind, registration = self.subject.provider.kind, self.registration
        if kind not in OWN_TOKEN:
            return None
        scope = OWN_TOKEN[kind].format(client_id=registration.client_id)
        request = more_messages.client_credentials_request(self.server, registration, scope)
        response = self.subject.token_response(request)
        if not (response.is_error or response.problem):
            return ok(_("Client ID and secret are correct. The provider issued a test token."))
        is_refused = self._reading(response)[0] in REFUSES_THE_CLIENT | ENDED
        return self._read(response) if is_refused else None

    def _reading(self, response: TokenResponse) -> tuple[str, str]:
        """Return what an answer means at this kind of provider, and the mark that shows it.

        The meaning is the code of a diagnosis, or one of `WORDS`. The mark is "" if we know none.
        """
        known = BY_RFC | BY_KIND.get(self.subject.provider.kind, {})
        mark = next((mark for mark in response.marks if mark in known), "")
        reading = known.get(mark, NOTHING)
        if (
            hint_of(response.members.get("error_description")) == "redirect_uri"
            and reading in VAGUE
        ):
            return "redirect_uri_not_registered", mark or _shown(response)
        return reading, mark

    def _read(self, response: TokenResponse) -> Finding:
        """Say what the answer means. Show only known codes from it, and no other content."""
        provider = self.subject.provider
        reading, mark = self._reading(response)
        if reading not in WORDS:
            return diagnosed(provider, reading, mark)
        words = WORDS[reading]
        value = provider.redirect_uri if reading == "credentials_or_uri" else ""
        answer = f"{response.status}, {_shown(response)}"
        detail = answer if reading == NOTHING else mark
        outcome, fix = Outcome(words["outcome"]), words.get("fix", "")
        return Finding(outcome, words["cause"], fix, value, detail=detail)


def _of_the_same_shape(secret: str) -> str:
    """Return a random secret in the same format, so that no server refuses the format.

    Each letter or digit is replaced by one of the same type from the real secret.
    """
    kinds = (str.isdigit, str.islower, str.isupper)
    alike = {kind: [each for each in secret if kind(each)] for kind in kinds}
    return "".join(
        next((secrets.choice(alike[kind]) for kind in kinds if kind(each)), each) for each in secret
    )


def _shown(response: TokenResponse) -> str:
    """Return the first mark that may be shown: a code of the RFC, or a number of Microsoft's."""
    fit = (mark for mark in response.marks if mark in SHOWN or MICROSOFT.fullmatch(mark))
    return next(fit, "no known error code")
