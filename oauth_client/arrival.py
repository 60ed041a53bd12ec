"""Steps 4 to 7: from the authorization response to who it is and whether they may sign in.

Only one thing may be changed here: the client secret, when the provider refuses the current one.
"""

from dataclasses import dataclass
from functools import cache, partial
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest

from access_rules.applying import RuledProvider
from access_rules.check import Judgement, judge
from accounts import people
from accounts.errors import AccountError
from accounts.identity import Identity
from attempts.ended import Process
from audit.actor import Actor
from oauth_client.progress import Progress
from outgoing.trace import recorder_now
from protocol import flow
from protocol.errors import ErrorCode
from providers import next_secret
from providers.clients import sign_in_client
from sessions.actors import actor_of
from sessions.models import User
from sessions.session_request import SignedInRequest


@dataclass(frozen=True)
class Arrival:
    """Somebody whom the provider vouches for and the rules let in."""

    identity: Identity
    account: SocialAccount | None  # theirs here, if there is one
    judgement: Judgement
    token: flow.AccessToken
    auth_time: float | None  # when the provider has asked, where it tells


class RefusedError(AccountError):
    """The rules do not let this person in. Only a dry run reads `arrival`."""

    def __init__(self, arrival: Arrival, reason: ErrorCode, actor: Actor | None) -> None:
        super().__init__(reason, rule=arrival.judgement.welcome, actor=actor)
        self.arrival = arrival


def arrive(
    request: HttpRequest, found: RuledProvider, begun: Progress, answer: flow.AuthorizationResponse
) -> Arrival:
    """Go from the authorization code to a person; every step raises its own `SignInError`."""
    client = sign_in_client(found.provider, request, found.needs)
    find_account = cache(partial(people.find_account, found.provider.slug))
    promotes = begun.process != Process.DRY_RUN
    server = client.server()
    code = flow.authorization_code(answer, server, begun.attempt)
    token = next_secret.redeem(client, server, begun.attempt, code, promotes=promotes)
    profile = client.fetch_profile(token, begun.attempt, find_account)
    identity = profile.identity
    recorder_now().unvouched_domain = identity.unvouched_domain
    recorder_now().email_problem = identity.email_problem or ""
    account = find_account(identity.sub)
    person = account.user if account else _who_connects(request, begun)
    judgement = judge(client, found.rules, token, profile, person)
    arrival = Arrival(identity, account, judgement, token, profile.auth_time)
    if judgement.decision.reason is not None:
        actor = actor_of(request, account.user) if account else None
        raise RefusedError(arrival, judgement.decision.reason, actor)
    return arrival


def _who_connects(request: HttpRequest, begun: Progress) -> User | None:
    """Return the person who is signed in and connects one more account."""
    if begun.process != Process.CONNECT:
        return None
    return cast("SignedInRequest", request).user


def came_with(request: HttpRequest) -> dict[str, list[str]]:
    """Return the parameters of the authorization response, repeated ones included."""
    return {name: request.GET.getlist(name) for name in flow.RESPONSE_PARAMETERS}
