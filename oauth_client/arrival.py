"""Steps 4 to 8: find out who the visitor is and whether they may sign in, and start a session.

`arrive` changes one thing only: the client secret, when the provider refuses the current one. So a
dry run can call `arrive`, and stops after it.
"""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.http import HttpRequest

from access_rules.applying import Judgement, RuledProvider, judge, judge_again, rules_of, terms_of
from access_rules.decision import Rule, told
from access_rules.stored import claim_names
from accounts import people
from accounts.errors import AccountError, AccountOfAnotherError, EmailInUseError, LinkSpentError
from accounts.identity import Identity
from accounts.proven_addresses import is_anothers
from accounts.self_service.connections import connect
from accounts.self_service.moving import move, person_of
from attempts.models import Process
from audit.models import Actor
from oauth_client.another_person import would_be_replaced
from oauth_client.progress import Progress
from protocol import flow
from protocol.errors import ErrorCode, SignInError
from providers import next_secret
from providers.clients import sign_in_client
from providers.models import Policy, Provider
from sessions import errors
from sessions.models import User
from sessions.possession import holds_session
from sessions.recent_sign_in import last_asked
from sessions.session_request import SignedInRequest, actor_of, visitor_of
from sessions.starting import IssuedSession, SessionStart, Terms

REFUSALS = {
    errors.AccountGoneError: ErrorCode.ACCOUNT_GONE,
    AccountOfAnotherError: ErrorCode.ACCOUNT_OF_ANOTHER,
    errors.AccountSuspendedError: ErrorCode.ACCOUNT_SUSPENDED,
    LinkSpentError: ErrorCode.LINK_SPENT,
    errors.SessionEndedError: ErrorCode.SESSION_ENDED,
    errors.SigningKeyUnreadableError: ErrorCode.SIGNING_KEY_UNREADABLE,
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
    """The rules refuse this person. `in_use` has the ways in of whoever has proven the address."""

    def __init__(
        self,
        arrival: Arrival,
        reason: ErrorCode,
        actor: Actor | None,
        in_use: EmailInUseError | None = None,
    ) -> None:
        judgement, identity = arrival.judgement, arrival.identity
        rules = told(() if judgement.policy is Policy.KNOWN else judgement.rules)
        super().__init__(reason, rules=rules, actor=actor, identity=identity, in_use=in_use)
        self.arrival = arrival


class KnownElsewhereError(AccountError):
    """The verified address is that of a person who signs in with another account."""

    def __init__(self, arrival: Arrival, in_use: EmailInUseError, actor: Actor) -> None:
        identity = arrival.identity
        super().__init__(ErrorCode.EMAIL_IN_USE, in_use=in_use, actor=actor, identity=identity)
        self.arrival = arrival


def connectable(error: SignInError) -> Arrival | None:
    """Return the arrival of an account that its owner may connect, if they are known here.

    That is nobody's account, which the rules allow to people who are known. None for all others.
    """
    if not isinstance(error, RefusedError | KnownElsewhereError):
        return None
    arrival = error.arrival
    return arrival if arrival.account is None and arrival.judgement.allows_if_known else None


def arrive(
    request: HttpRequest,
    found: RuledProvider,
    progress: Progress,
    answer: flow.AuthorizationResponse,
    draft: tuple[Rule, ...] = (),
) -> Arrival:
    """Steps 4 to 7: turn the authorization code into a person that the rules allow.

    In a dry run, `draft` has rules to ask about in place of those that are stored.
    """
    rules = rules_of(found.provider) if found.kinds else ()  # step 8 checks that these still hold
    rules = draft or rules
    claims = claim_names(rules) if rules else set()
    client = sign_in_client(found.provider, request, claims=claims)
    find_account = cache(partial(people.find_account, found.provider.slug))
    promotes = progress.process != Process.DRY_RUN
    server = client.server()
    code = flow.authorization_code(answer, server, progress.attempt)
    token = next_secret.redeem(client, server, progress.attempt, code, promotes=promotes)
    profile = client.fetch_profile(token, progress.attempt, find_account)
    account = find_account(profile.identity.sub)
    person = account.user if account else _owner_to_be(request, progress)
    judgement = judge(client, rules, token, profile, person)
    arrival = Arrival(profile.identity, account, judgement, token, profile.auth_time)
    if judgement.decision.reason is not None:
        raise _refused_by_rules(request, progress.process, arrival, judgement.decision.reason)
    return arrival


def _refused_by_rules(
    request: HttpRequest, process: Process, arrival: Arrival, reason: ErrorCode
) -> RefusedError:
    """Return the error. It names the ways in of a known person who came by an unknown account."""
    account, identity = arrival.account, arrival.identity
    if account:
        return RefusedError(arrival, reason, actor_of(request, account.user))
    is_known = (
        process == Process.SIGN_IN
        and identity.email_verified
        and arrival.judgement.allows_if_known
        and is_anothers(identity.email, None)
    )
    if not is_known:
        return RefusedError(arrival, reason, None)
    in_use = people.in_use(identity.email)
    return RefusedError(arrival, reason, visitor_of(request), in_use)


def as_known(arrival: Arrival, person: User) -> Arrival:
    """Return the arrival as one of this person. Raises `RefusedError` if the rules say no."""
    judgement = judge_again(arrival.judgement, arrival.identity, person)
    arrival = replace(arrival, judgement=judgement)
    if judgement.decision.reason is not None:
        raise RefusedError(arrival, judgement.decision.reason, None)
    return arrival


def _owner_to_be(request: HttpRequest, progress: Progress) -> User | None:
    """Return the person who would get a new account; None where it makes a new person."""
    if progress.process == Process.CONNECT:
        return cast("SignedInRequest", request).user
    return person_of(progress.bound_to) if progress.process == Process.MOVE else None


def finish(
    request: HttpRequest, provider: Provider, progress: Progress, arrival: Arrival
) -> IssuedSession:
    """Step 8: start the session, or connect the account and start a session through it.

    Where there are rules, the evidence is kept in the same transaction.
    """
    judgement, identity = arrival.judgement, arrival.identity
    user = arrival.account.user if arrival.account else None
    if would_be_replaced(request, progress, user):
        actor = actor_of(request, user) if user else visitor_of(request)
        raise AccountError(ErrorCode.ANOTHER_PERSON, actor=actor, identity=identity)
    token = cast("SignedInRequest", request).session_token
    auth_time = arrival.auth_time  # None stands for now
    had_to_ask = progress.attempt.demand is flow.Demand.LOGIN
    if auth_time is None and provider.catalogued.login_again and not had_to_ask:
        # The provider may have let the visitor in without a login. If that counted as one, whoever
        # finds the browser open could sign out and in again, and have a recent sign-in.
        auth_time = last_asked(request)
    terms = terms_of(provider, judgement.rules)
    start = SessionStart(visitor_of(request), judgement.decision.groups, auth_time, token)
    try:
        with transaction.atomic() if judgement.rules else nullcontext():
            issued = _issue(request, progress, arrival, start, terms)
            if judgement.rules:
                judgement.keep(identity, arrival.account, arrival.token)
    except (errors.SignInRefusedError, AccountError) as error:
        raise _refused(request, error, arrival) from None
    return issued


def _issue(
    request: HttpRequest, progress: Progress, arrival: Arrival, start: SessionStart, terms: Terms
) -> IssuedSession:
    """Do what the visitor has begun."""
    identity = arrival.identity
    if progress.process == Process.CONNECT:
        if not holds_session(request):
            raise errors.SessionEndedError
        token = cast("SignedInRequest", request).session_token
        return connect(token, identity, start, terms=terms)
    if progress.process == Process.MOVE:
        return move(progress.bound_to, identity, start, terms=terms)
    return people.sign_in(identity, arrival.account, start, terms=terms)


def _refused(
    request: HttpRequest, error: errors.SignInRefusedError | AccountError, arrival: Arrival
) -> AccountError:
    """Return the error of the flow, with what we know about the person.

    An `AccountError` means that the provider or its rules have changed in the meantime.
    """
    identity = arrival.identity
    if isinstance(error, AccountError):
        return AccountError(error.code, identity=identity)
    if isinstance(error, EmailInUseError):
        return KnownElsewhereError(arrival, error, visitor_of(request))
    user = error.user if isinstance(error, errors.AccountSuspendedError) else None
    return AccountError(REFUSALS[type(error)], actor=actor_of(request, user), identity=identity)
