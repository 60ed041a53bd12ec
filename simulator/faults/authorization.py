"""The way to the provider's page and back: the request, and what the redirect carries."""

from collections.abc import Callable
from dataclasses import replace

from simulator.endpoints.messages import AuthorizationRequest
from simulator.faults.fault import (
    SIGNED_IN,
    STAYS_AT_PROVIDER,
    Fault,
    Moment,
    always,
    by_provider,
    everywhere,
)
from simulator.faults.misbehaviour import Misbehaviour
from simulator.faults.replies import through_another_host

Response = dict[str, str]


def with_another_redirect_uri(request: AuthorizationRequest) -> AuthorizationRequest:
    return replace(request, redirect_uri=f"{request.redirect_uri}unregistered/")


def without(*names: str) -> Callable[[Response], Response]:
    return lambda response: {k: value for k, value in response.items() if k not in names}


def with_another_state(response: Response) -> Response:
    return response | {"state": "a-state-of-somebody-else"}


def with_another_issuer(response: Response) -> Response:
    return response | {"iss": "https://issuer.example"}


def as_unavailable(response: Response) -> Response:
    return without("code")(response) | {"error": "temporarily_unavailable"}


def sent_back(rewrite: Callable[[Response], Response]) -> Callable[..., Misbehaviour]:
    return always(Misbehaviour(authorization_response=rewrite))


FAULTS = (
    Fault(
        "unregistered_redirect_uri",
        "Redirect URI not registered",
        "The redirect URI in the request is not registered at the provider.",
        by_provider(
            github="redirect_uri_mismatch", google=STAYS_AT_PROVIDER, demo=STAYS_AT_PROVIDER
        ),
        always(Misbehaviour(authorization_request=with_another_redirect_uri)),
        Moment.REQUEST,
    ),
    Fault(
        "detour",
        "Detour through another host",
        "The authorization endpoint redirects once more before it shows its page.",
        everywhere(SIGNED_IN),
        always(Misbehaviour(authorization_page=through_another_host(302))),
        Moment.REQUEST,
    ),
    Fault(
        "unavailable",
        "Temporarily unavailable",
        "The visitor comes back with the error temporarily_unavailable (RFC 6749 §4.1.2.1).",
        everywhere("provider_unavailable"),
        sent_back(as_unavailable),
    ),
    Fault(
        "no_code",
        "Neither code nor error",
        "The visitor comes back with only a state.",
        everywhere("response_malformed"),
        sent_back(without("code")),
    ),
    Fault(
        "no_state",
        "State lost",
        "The provider drops the state on the way back.",
        everywhere("state_missing"),
        sent_back(without("state")),
    ),
    Fault(
        "other_state",
        "Another state",
        "The state is not the one that was sent: somebody else's sign-in, or an attack.",
        everywhere("state_unknown"),
        sent_back(with_another_state),
    ),
    Fault(
        "other_issuer_in_response",
        "Another issuer in the response",
        "The parameter iss names another issuer (RFC 9207): another provider sent the response.",
        everywhere("issuer_mismatch"),
        sent_back(with_another_issuer),
    ),
    Fault(
        "no_issuer_in_response",
        "No issuer in the response",
        "The parameter iss is missing. Only the demo provider has promised to send it.",
        by_provider(github=SIGNED_IN, google=SIGNED_IN, demo="issuer_mismatch"),
        sent_back(without("iss")),
    ),
)
