"""Move a person to a new account at a provider, by the link of an admin."""

from dataclasses import replace

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction
from django.utils import timezone

from accounts.errors import AccountOfAnotherError, LinkSpentError
from accounts.identity import Identity
from accounts.models import ConnectionLink, good_links
from accounts.people import find_account, sign_in
from accounts.proven_addresses import lock_holders, settle
from accounts.self_service.connections import connected, connections_of
from accounts.vouching import may_vouch_now
from audit.models import Action, Actor, Target
from audit.recording import record
from sessions.before_deletion import announce_deletion
from sessions.lifetime import revoke_all
from sessions.models import Session, User
from sessions.session_request import acting
from sessions.signing_keys.keyring import ensure_signing_key
from sessions.starting import NO_TERMS, IssuedSession, SessionStart, Terms


def person_of(link: str) -> User | None:
    """Return the person of the link with this key, None if it does not work any more."""
    found = good_links().filter(pk=int(link)).select_related("person").first()
    return found.person if found else None


def move(
    link: str, identity: Identity, start: SessionStart, *, terms: Terms = NO_TERMS
) -> IssuedSession:
    """Connect this identity to the person of the link, and start a session through it.

    All their earlier accounts are disconnected, their password and all their sessions end: somebody
    else may have them by now. The link is used up in the same transaction. Person and link are
    locked, so of two browsers that use it at once, one gets in. Whoever is signed in as another
    person is refused.

    Raises `LinkSpentError`, `AccountOfAnotherError` when the identity is another person's,
    `AccountSuspendedError`, `SigningKeyUnreadableError`, and what breaks the terms.
    """
    ensure_signing_key()
    with transaction.atomic():
        found = ConnectionLink.objects.filter(pk=int(link)).select_related("person").first()
        person = found.person if found else None
        if person is None or (start.earlier and start.earlier.sub != str(person.pk)):
            raise LinkSpentError
        others = lock_holders(person, identity.email)
        if refusal := terms.refusal_now():
            raise refusal
        _use_up(link)
        known = find_account(identity.provider, identity.sub)
        account = known or connected(person, identity, start.visitor, by={"link": int(link)})
        if account.user_id != person.pk:
            raise AccountOfAnotherError
        gone = _disconnect_others(account)
        issued = sign_in(
            identity, account, replace(start, earlier=None), terms=terms, others=others
        )
        after = {"session": str(issued.session.pk), "link": int(link)}
        after |= {"password": "removed"} if _end_password(person) else {}
        _record(gone, person, start.visitor, identity.provider, after)
    return issued


def _use_up(link: str) -> None:
    """Use the link, if it still works. The person is locked: nobody else does that meanwhile."""
    unused: int = ConnectionLink.objects.filter(pk__in=good_links().filter(pk=int(link))).update(
        used_at=timezone.now()
    )
    if not unused:
        raise LinkSpentError


def _disconnect_others(account: SocialAccount) -> list[SocialAccount]:
    """Disconnect all other accounts of its owner, and end all their sessions."""
    person: User = account.user
    others = connections_of(person).exclude(pk=account.pk)
    gone = list(others)
    announce_deletion(others)
    others.delete()
    settle([person], may_vouch_now(), adds=False)
    revoke_all(person.sessions.all(), Session.End.ENDED_BY_ADMIN)
    return gone


def _end_password(person: User) -> bool:
    """Let the person's password work no more; tell whether they had one."""
    with_one = User.objects.filter(pk=person.pk).exclude(password="")
    with_one = with_one.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return bool(with_one.update(password=make_password(None)))


def _record(
    gone: list[SocialAccount], person: User, visitor: Actor, slug: str, after: dict[str, object]
) -> None:
    """Record the use, and what was disconnected; the new session is not warned of that."""
    actor, target = acting(visitor, person), Target.of(person)
    record(Action.LINK_USED, actor, target, after=after, provider=slug)
    for account in gone:
        slug, before = account.provider, {"provider": account.provider, "uid": account.uid}
        record(Action.UNLINKED, actor, target, before=before, after=after, provider=slug)
