"""Steps 4 to 8: find out who the visitor is and whether they may sign in, and start a session.

`arrive` changes one thing only: the client secret, when the provider refuses the current one. So a
dry run can call `arrive`, and stops after it.
"""

from dataclasses import dataclass
from functools import cache, partial
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.http import HttpRequest

from access_rules.applying import Judgement, RuledProvider, judge, rules_of, terms_of
from access_rules.decision import in_plain_words
from accounts import people
from accounts.errors import AccountError, AccountOfAnotherError, EmailInUseError
from accounts.identity import Identity
from accounts.self_service.connections import connect
from attempts.models import Process
from audit.models import Actor
from oauth_client.progress import Progress
from protocol import flow
from protocol.errors import ErrorCode
from providers import next_secret
from providers.clients import sign_in_client
from providers.models import Policy, Provider
from sessions.errors import (
    AccountGoneError,
    AccountSuspendedError,
    SessionEndedError,
    SigningKeyUnreadableError,
    SignInRefusedError,
)
from sessions.recent_sign_in import last_asked
from sessions.session_request import SignedInRequest, actor_of, visitor_of
from sessions.starting import IssuedSession, SessionStart

REFUSALS = {
    AccountGoneError: ErrorCode.ACCOUNT_GONE,
    AccountOfAnotherError: ErrorCode.ACCOUNT_OF_ANOTHER,
    AccountSuspendedError: ErrorCode.ACCOUNT_SUSPENDED,
    EmailInUseError: ErrorCode.EMAIL_IN_USE,
    SessionEndedError: ErrorCode.SESSION_ENDED,
    SigningKeyUnreadableError: ErrorCode.SIGNING_KEY_UNREADABLE,
}


@dataclass(frozen=True)
class Arrival:
    """The person that the provider has identified, and the decision of the rules."""

    identity: Identity
    account: SocialAccount | None  # from an earlier sign-in; None for a new account
    judgement: Judgement
    token: flow.AccessToken
    auth_time: float | None  # when the provider asked for the login, if it says so


class RefusedError(AccountError):
    """The rules refuse this person. Only a dry run reads `arrival`."""

    def __init__(self, arrival: Arrival, reason: ErrorCode, actor: Actor | None) -> None:
        judgement = arrival.judgement
        rule = in_plain_words(() if judgement.policy is Policy.KNOWN else judgement.rules)
        super().__init__(reason, rule=rule, actor=actor, identity=arrival.identity)
        self.arrival = arrival


def arrive(
    request: HttpRequest,
    found: RuledProvider,
    progress: Progress,
    answer: flow.AuthorizationResponse,
) -> Arrival:
    """Steps 4 to 7: turn the authorization code into a person that the rules allow."""
    rules = rules_of(found.provider) if found.kinds else ()  # step 8 checks that these still hold
    client = sign_in_client(found.provider, request)
    find_account = cache(partial(people.find_account, found.provider.slug))
    promotes = progress.process != Process.DRY_RUN
    server = client.server()
    code = flow.authorization_code(answer, server, progress.attempt)
    token = next_secret.redeem(client, server, progress.attempt, code, promotes=promotes)
    profile = client.fetch_profile(token, progress.attempt, find_account)
    account = find_account(profile.identity.sub)
    connecting = (
        cast("SignedInRequest", request).user if progress.process == Process.CONNECT else None
    )
    person = account.user if account else connecting
    judgement = judge(client, rules, token, profile, person)
    arrival = Arrival(profile.identity, account, judgement, token, profile.auth_time)
    if judgement.decision.reason is not None:
        actor = actor_of(request, account.user) if account else None
        raise RefusedError(arrival, judgement.decision.reason, actor)
    return arrival


def finish(
    request: HttpRequest, provider: Provider, progress: Progress, arrival: Arrival
) -> IssuedSession:
    """Step 8: start the session, or connect the account and start a session through it.

    Where there are rules, the evidence is kept in the same transaction.
    """
    judgement, identity = arrival.judgement, arrival.identity
    try:
        if not judgement.rules:
            return _start_session(request, provider, progress, arrival)
        with transaction.atomic():
            issued = _start_session(request, provider, progress, arrival)
            judgement.keep(identity, arrival.account, arrival.token)
            return issued
    except (SignInRefusedError, AccountError) as error:
        raise _refused(request, error, identity) from None


def _start_session(
    request: HttpRequest, provider: Provider, progress: Progress, arrival: Arrival
) -> IssuedSession:
    identity, token = arrival.identity, cast("SignedInRequest", request).session_token
    terms = terms_of(provider, arrival.judgement.rules)
    auth_time = _auth_time(request, provider, progress, arrival)
    start = SessionStart(visitor_of(request), arrival.judgement.decision.groups, auth_time, token)
    if progress.process == Process.CONNECT:
        return connect(token, identity, start, terms=terms)
    return people.sign_in(identity, arrival.account, start, terms=terms)


def _auth_time(
    request: HttpRequest, provider: Provider, progress: Progress, arrival: Arrival
) -> float | None:
    """Return when the person last signed in at the provider; None stands for now.

    The provider's `auth_time` counts, if it sent one. If not, and we did not demand a login, the
    provider may not have asked for one. Then the time in a cookie of this browser counts.
    Otherwise, a person who finds the browser open could sign out and in again, and count as
    recently signed in. A new browser has no such cookie.
    """
    had_to_ask = progress.attempt.demand is flow.Demand.LOGIN
    if arrival.auth_time is not None or had_to_ask:
        return arrival.auth_time
    return last_asked(request) if provider.catalogued.login_again else None


def _refused(
    request: HttpRequest, error: SignInRefusedError | AccountError, identity: Identity
) -> AccountError:
    """Return the error of the flow, with what we know about the person.

    An `AccountError` means that the provider or its rules have changed in the meantime.
    """
    if isinstance(error, AccountError):
        return AccountError(error.code, identity=identity)
    code = REFUSALS[type(error)]
    if isinstance(error, EmailInUseError):
        actor = visitor_of(request)
        return AccountError(code, in_use=error, actor=actor, identity=identity)
    user = error.user if isinstance(error, AccountSuspendedError) else None
    return AccountError(code, actor=actor_of(request, user), identity=identity)
