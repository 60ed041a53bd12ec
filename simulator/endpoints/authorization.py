"""The authorization endpoint: show accounts and requested scopes, then send the visitor back."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from simulator.credentials import Grant, Use
from simulator.endpoints.messages import (
    AuthorizationRequest,
    Decision,
    MalformedRequestError,
    authorization_request,
    decision,
)
from simulator.faults.fault import Moment
from simulator.faults.misbehaviour import NOTHING, Misbehaviour
from simulator.people import PEOPLE, Person
from simulator.providers.base import Provider
from simulator.providers.refusals import RefusedHereError, SentBackError
from simulator.stage import stage

CODE_LIFETIME = 60  # seconds
CODE_USES = 1


@require_http_methods(["GET", "POST"])
def authorization_endpoint(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Ask the visitor, then send them back with a code or an error (RFC 6749 §4.1.1, §4.1.2)."""
    view = _decide if request.method == "POST" else _ask
    try:
        return view(request, provider, authorization_request(request.GET))
    except MalformedRequestError as error:
        refusal = RefusedHereError(400, "invalid_request", str(error))
        return _refusal_page(request, provider, refusal)
    except RefusedHereError as error:
        return _refusal_page(request, provider, error)
    except SentBackError as error:
        return _sent_back(request, error.redirect_uri, error.parameters)


def _ask(
    request: HttpRequest, provider: Provider, authorization: AuthorizationRequest
) -> HttpResponse:
    """Render the page; the form posts to its address, which keeps the parameters."""
    is_direct = _is_direct(request)
    misbehaviour = stage.faults.attach(provider.slug, Moment.REQUEST) if is_direct else NOTHING
    authorization = misbehaviour.authorization_request(authorization)
    provider.accept(authorization)
    return misbehaviour.authorization_page(request, _page(request, provider, authorization))


def _decide(
    request: HttpRequest, provider: Provider, authorization: AuthorizationRequest
) -> HttpResponse:
    """Answer the form with a code for the chosen person, or with access_denied."""
    provider.accept(authorization)
    decided = decision(request.POST)
    person = _person(provider, authorization, decided)
    misbehaviour = stage.faults.attach(provider.slug, Moment.DECISION)
    if not misbehaviour.decision(decided).allowed or person is None:
        raise provider.denied(authorization)
    code = _issue_code(_grant(provider, authorization, misbehaviour.person(person), misbehaviour))
    parameters = provider.code_response(authorization, code, person)
    return_uri = provider.return_uri(authorization)
    return _sent_back(request, return_uri, misbehaviour.authorization_response(parameters))


def _person(
    provider: Provider, authorization: AuthorizationRequest, decided: Decision
) -> Person | None:
    """Return the chosen person; a denial needs none."""
    person = PEOPLE.get(decided.person_id)
    if decided.allowed and person not in provider.offered_people(authorization):
        raise MalformedRequestError("Nobody on this page was chosen.")
    return person


def _grant(
    provider: Provider,
    authorization: AuthorizationRequest,
    person: Person,
    misbehaviour: Misbehaviour,
) -> Grant:
    return Grant(
        provider=provider.slug,
        client_id=provider.client_id,
        redirect_uri=authorization.redirect_uri,
        person=person,
        scope=provider.granted_scope(authorization),
        nonce=authorization.nonce,
        code_challenge=authorization.code_challenge,
        code_challenge_method=authorization.code_challenge_method or "plain",  # RFC 7636 §4.3
        auth_time=int(stage.clock.now()),
        offline=provider.is_offline(authorization),
        misbehaviour=misbehaviour,
    )


def _issue_code(grant: Grant) -> str:
    lifetime = grant.misbehaviour.code_lifetime(CODE_LIFETIME)
    uses = grant.misbehaviour.code_uses(CODE_USES)
    return stage.credentials.issue(Use.CODE, grant, lifetime=lifetime, uses=uses)


def _is_direct(request: HttpRequest) -> bool:
    """Tell whether the visitor used the provider's own host name, not another one."""
    return request.get_host() == urlsplit(stage.origin).netloc


def _sent_back(request: HttpRequest, redirect_uri: str, parameters: dict[str, str]) -> HttpResponse:
    """Redirect to the client; after a form with 303, so that the browser uses GET."""
    separator = "&" if urlsplit(redirect_uri).query else "?"
    response = HttpResponseRedirect(redirect_uri + separator + urlencode(parameters))
    response.status_code = 303 if request.method == "POST" else 302
    return response


@dataclass(frozen=True)
class Choice:
    """A person on the page."""

    person: Person
    is_chosen: bool


def _page(
    request: HttpRequest, provider: Provider, authorization: AuthorizationRequest
) -> HttpResponse:
    context = {
        "provider": provider,
        "returns_to": urlsplit(provider.return_uri(authorization)).netloc,
        "question": provider.question(authorization),
        "asks": provider.scope_in_words(authorization),
        "choices": _choices(provider, authorization),
        "hosted_domain": authorization.hd,
        "armed": stage.faults.waiting_for(provider.slug),
    }
    return render(request, "authorization.html", context)


def _choices(provider: Provider, authorization: AuthorizationRequest) -> list[Choice]:
    """Offer the cast; the person of the client's hint is chosen (OpenID Connect Core §3.1.2.1)."""
    people = provider.offered_people(authorization)
    hint = (authorization.login_hint or authorization.login).casefold()
    hinted = [person for person in people if hint and hint in provider.hints(person)]
    chosen = (hinted or people)[:1]
    return [Choice(person, person in chosen) for person in people]


def _refusal_page(
    request: HttpRequest, provider: Provider, refusal: RefusedHereError
) -> HttpResponse:
    context = {"provider": provider, "refusal": refusal}
    return render(request, "refused.html", context, status=refusal.status)
