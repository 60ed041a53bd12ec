"""The faults: a closed list, each with the outcome that people and tests can hold Signet to."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from simulator import SLUGS
from simulator.endpoints.messages import AuthorizationRequest, Decision, TokenRequest
from simulator.faults.misbehaviour import Misbehaviour

Parameters = Mapping[str, float]
SIGNED_IN = "signed_in"
STAYS_AT_PROVIDER = "stays_at_provider"
PATIENCE = 9  # seconds; Signet gives a whole sign-in ten


class Moment(StrEnum):
    """When an armed fault attaches itself to a sign-in."""

    REQUEST = "request"  # the visitor arrives at the authorization endpoint
    DECISION = "decision"  # the visitor presses a button there


@dataclass(frozen=True)
class Parameter:
    """A number that a fault takes, within bounds."""

    name: str
    unit: str
    minimum: float
    maximum: float
    default: float


@dataclass(frozen=True)
class Fault:
    """One thing that a provider can do wrong.

    `outcome` is, by provider, `signed_in`, Signet's error code, or `stays_at_provider`.
    """

    name: str
    title: str
    explanation: str
    outcome: Callable[[Parameters], dict[str, str]]
    misbehaviour: Callable[[Parameters], Misbehaviour]
    moment: Moment = Moment.DECISION
    parameters: tuple[Parameter, ...] = ()

    @property
    def defaults(self) -> dict[str, float]:
        return {parameter.name: parameter.default for parameter in self.parameters}

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "title": self.title,
            "explanation": self.explanation,
            "parameters": [asdict(parameter) for parameter in self.parameters],
            "outcome": self.outcome(self.defaults),
        }


def everywhere(outcome: str) -> Callable[[Parameters], dict[str, str]]:
    return lambda _parameters: dict.fromkeys(SLUGS, outcome)


def always(misbehaviour: Misbehaviour) -> Callable[[Parameters], Misbehaviour]:
    return lambda _parameters: misbehaviour


def denied(decision: Decision) -> Decision:
    return replace(decision, allowed=False)


def with_another_secret(request: TokenRequest) -> TokenRequest:
    return replace(request, client_secret="not-the-registered-secret")  # noqa: S106


def with_another_redirect_uri(request: AuthorizationRequest) -> AuthorizationRequest:
    return replace(request, redirect_uri=f"{request.redirect_uri}unregistered/")


def as_html_500(_response: HttpResponse) -> HttpResponse:
    page = "<!DOCTYPE html><title>500</title><h1>Whoops, something went wrong.</h1>"
    return HttpResponse(page, status=500)


def later(parameters: Parameters) -> Misbehaviour:
    """Hold the token endpoint's answer back; here alone the simulator really sleeps."""

    def wait(response: HttpResponse) -> HttpResponse:
        time.sleep(parameters["seconds"])
        return response

    return Misbehaviour(token_response=wait)


def unless_too_late(parameters: Parameters) -> dict[str, str]:
    return dict.fromkeys(SLUGS, "timeout" if parameters["seconds"] > PATIENCE else SIGNED_IN)


def through_another_host(request: HttpRequest, _page: HttpResponse) -> HttpResponse:
    """Redirect to the same address under this machine's other name."""
    host, _, port = request.get_host().rpartition(":")
    other = "127.0.0.1" if host == "localhost" else "localhost"
    return HttpResponseRedirect(f"http://{other}:{port}{request.get_full_path()}")


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(
            "deny",
            "The visitor says no",
            "Whatever is chosen on the page of the provider counts as Deny.",
            everywhere("access_denied"),
            always(Misbehaviour(decision=denied)),
        ),
        Fault(
            "wrong_secret",
            "Wrong client secret",
            "The provider holds another client secret than the one Signet sends.",
            everywhere("invalid_client"),
            always(Misbehaviour(token_request=with_another_secret)),
        ),
        Fault(
            "unregistered_redirect_uri",
            "Redirect URI not registered",
            "The provider does not know the address it is asked to send the visitor back to.",
            lambda _parameters: {
                "github": "redirect_uri_mismatch",
                "google": STAYS_AT_PROVIDER,
                "demo": STAYS_AT_PROVIDER,
            },
            always(Misbehaviour(authorization_request=with_another_redirect_uri)),
            Moment.REQUEST,
        ),
        Fault(
            "expired_code",
            "Expired code",
            "The authorization code is too old when Signet redeems it.",
            everywhere("invalid_grant"),
            always(Misbehaviour(code_lifetime=lambda _seconds: 0)),
        ),
        Fault(
            "reused_code",
            "Code already used",
            "Somebody has redeemed the authorization code before Signet does.",
            everywhere("invalid_grant"),
            always(Misbehaviour(code_uses=lambda _uses: 0)),
        ),
        Fault(
            "server_error",
            "Server error",
            "The token endpoint answers with status 500 and an HTML page.",
            everywhere("provider_unavailable"),
            always(Misbehaviour(token_response=as_html_500)),
        ),
        Fault(
            "slow",
            "Slow answer",
            "The token endpoint takes its time; past nine seconds Signet gives up.",
            unless_too_late,
            later,
            parameters=(Parameter("seconds", "seconds", minimum=0, maximum=60, default=3),),
        ),
        Fault(
            "detour",
            "Detour through another host",
            "The authorization endpoint redirects once more before it shows its page.",
            everywhere(SIGNED_IN),
            always(Misbehaviour(authorization_page=through_another_host)),
            Moment.REQUEST,
        ),
    )
}
