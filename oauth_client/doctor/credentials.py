"""Are client ID and secret right? Send a code that is wrong on purpose, and read the answer.

Where the answer may be about the code alone, a second request shows whether the secret was looked
at: the same with a secret that is wrong on purpose, and at a few kinds one without a code. Where it
refuses the client, the secret is sent once in the other way, for that may be all that is wrong.
"""

import secrets
from contextlib import suppress
from dataclasses import replace

from encryption import SealBrokenError
from oauth_client.doctor.answer import Answer, answer_of
from oauth_client.doctor.causes import no_answer
from oauth_client.doctor.findings import Finding, Findings, ok, problem, unknown
from oauth_client.doctor.readings import OWN_TOKEN, REFUSES_THE_CLIENT, VAGUE, Reading
from oauth_client.doctor.subject import Subject
from protocol import flow, more_messages
from protocol.errors import ErrorCode, OutgoingError

COPY = "Copy both again at the provider, each from its first character to its last, and save them."
NEW = "Make a new secret at the provider, and enter it here."
SIGN_IN = "Sign in once through this provider: that shows it."
OTHER_METHOD = "Choose this for how the secret is sent, on the provider's page under More."
RIGHT = "Client ID and secret are right"
# By reading: the cause, and the fix.
WORDS: dict[Reading, tuple[str, str]] = {
    Reading.CREDENTIALS: ("The provider refuses the client ID or the secret.", COPY),
    Reading.CLIENT_ID: (
        "The provider does not know this client ID.",
        "Copy the client ID again at the provider; see that it is of this very server.",
    ),
    Reading.SECRET: (
        "The provider knows the client ID and refuses the secret.",
        "Copy the secret again; where it has an ID too, copy its value and not its ID.",
    ),
    Reading.SIGNED_SECRET: (
        "The provider refuses the secret that is signed here with the private key.",
        "See that client ID, Team ID, Key ID and private key belong together; then the clock.",
    ),
    Reading.EXPIRED: ("The client secret has expired.", NEW),
    Reading.DELETED: (
        "The application has been deleted or disabled at the provider.",
        "Restore or enable it there, or register a new one and enter its ID and secret here.",
    ),
    Reading.UNKNOWN_OR_DISABLED: (
        "The provider does not know this client ID, or the client is disabled there.",
        "Copy the client ID again at the provider; see that it is enabled and takes a secret.",
    ),
    Reading.REDIRECT_URI: (
        "The redirect URI is not registered at the provider.",
        "Register exactly this value there.",
    ),
    Reading.CREDENTIALS_OR_URI: (
        "The provider refuses the client ID, the secret or the redirect URI.",
        f"{COPY} See that exactly this redirect URI is registered there.",
    ),
    Reading.TENANT: (
        "There is no such tenant.",
        "Copy the directory (tenant) ID from the application's overview at the provider.",
    ),
    Reading.NOT_ALLOWED: (
        "The provider does not let this application use the authorization code flow.",
        "Register it there as a web application with the grant authorization_code.",
    ),
}
ABOUT_THE_URI = (Reading.REDIRECT_URI, Reading.CREDENTIALS_OR_URI)
NOT_SENT = unknown("Not asked: the endpoints or the secret are not there.", "Mend that first.")


def credentials(subject: Subject) -> Findings:
    """Judge the secret, and the one that waits to follow it."""
    if subject.client is None or subject.server is None:
        yield NOT_SENT
        return
    yield _asked(subject, subject.server, subject.client)
    if subject.provider.sealed_next_client_secret:
        yield _next(subject, subject.server, subject.client)


def _next(subject: Subject, server: flow.AuthorizationServer, client: flow.Client) -> Finding:
    try:
        secret = subject.provider.next_client_secret
    except SealBrokenError:
        return unknown("The next secret cannot be opened.", "Enter it again.")
    found = _asked(subject, server, replace(client, client_secret=secret))
    return replace(found, cause=f"Of the next secret: {found.cause}")


def _asked(subject: Subject, server: flow.AuthorizationServer, client: flow.Client) -> Finding:
    try:
        answer = _to_a_wrong_code(subject, server, client)
    except OutgoingError as error:
        return no_answer(error)
    found = read(subject, answer)
    reading, mark = answer.reading(subject.kind.id)
    with suppress(OutgoingError):
        if reading in VAGUE and (mark or answer.names_an_error):
            return next(_sent_otherwise(subject, server, client), found)
        if reading is Reading.CODE:
            more = _with_another_secret(subject, server, client, mark)
            return next(more, None) or next(_without_a_code(subject, server, client), found)
    return found


def _to_a_wrong_code(
    subject: Subject, server: flow.AuthorizationServer, client: flow.Client
) -> Answer:
    code = secrets.token_hex(10)  # nobody has ever been given it
    request = flow.access_token_request(server, client, flow.Attempt.new(), code)
    return answer_of(subject.post(request))


def _sent_otherwise(
    subject: Subject, server: flow.AuthorizationServer, client: flow.Client
) -> Findings:
    """Send the secret in the other way: a server may take it in one alone (RFC 6749 §2.3.1)."""
    if not subject.kind.takes_secret:
        return
    method = client.token_endpoint_auth_method
    other = next(each for each in flow.TokenEndpointAuthMethod if each is not method)
    client = replace(client, token_endpoint_auth_method=other)
    reading, mark = _to_a_wrong_code(subject, server, client).reading(subject.kind.id)
    if reading in (Reading.GOOD, Reading.CODE):
        cause = f"The provider refuses the secret by {method}, and takes it by {other} ({mark})."
        yield problem(cause, OTHER_METHOD, str(other))


def _with_another_secret(
    subject: Subject, server: flow.AuthorizationServer, client: flow.Client, mark: str
) -> Findings:
    """Say that the secret is right, if one that is wrong on purpose is refused before the code."""
    other = replace(client, client_secret=_of_the_same_shape(client.client_secret))
    reading, refusal = _to_a_wrong_code(subject, server, other).reading(subject.kind.id)
    if reading in REFUSES_THE_CLIENT:
        yield ok(f"{RIGHT}: it refuses the wrong code ({mark}), and another secret ({refusal}).")


def _of_the_same_shape(secret: str) -> str:
    """Return a secret of nobody's, so that it is not for its form that it is refused.

    Every letter and digit becomes one of its kind that occurs too. It goes where the secret goes.
    """
    kinds = (str.isdigit, str.islower, str.isupper)
    alike = {kind: [each for each in secret if kind(each)] for kind in kinds}
    return "".join(
        next((secrets.choice(alike[kind]) for kind in kinds if kind(each)), each) for each in secret
    )


def _without_a_code(
    subject: Subject, server: flow.AuthorizationServer, client: flow.Client
) -> Findings:
    """Ask for a token of the application's own, where that is possible, and throw it away."""
    kind = subject.kind.id
    if kind not in OWN_TOKEN:
        return
    scope = OWN_TOKEN[kind].format(client_id=client.client_id)
    answer = answer_of(
        subject.post(more_messages.client_credentials_request(server, client, scope))
    )
    if answer.has_token:
        yield ok(f"{RIGHT}: the application gets a token of its own, which is thrown away.")
    elif answer.reading(kind)[0] in REFUSES_THE_CLIENT | {Reading.EXPIRED, Reading.DELETED}:
        yield read(subject, answer)


def read(subject: Subject, answer: Answer) -> Finding:
    """Say what the answer means; never what stands in it beyond the codes that we know."""
    if answer.status == 429:
        return no_answer(OutgoingError(ErrorCode.RATE_LIMITED))
    if not answer.is_about_us:
        detail = f"status {answer.status}"
        return no_answer(OutgoingError(ErrorCode.PROVIDER_UNAVAILABLE, detail))
    reading, mark = answer.reading(subject.kind.id)
    if reading is Reading.NOTHING:
        cause = f"The answer to a wrong code is not understood: {answer.status}, {answer.shown}."
        return unknown(cause, SIGN_IN)
    if reading is Reading.GOOD:
        return ok(f"{RIGHT}: a wrong code is all it refuses ({mark}).")
    if reading is Reading.CODE:
        cause = "The provider refuses the wrong code, and does not show whether it has looked at"
        return unknown(f"{cause} the secret ({mark}).", SIGN_IN)
    cause, fix = WORDS[reading]
    value = subject.provider.redirect_uri if reading in ABOUT_THE_URI else ""
    return problem(f"{cause} ({mark})", fix, value)
