"""Search for people in the admin, by what an admin may know of them."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db.models import Q, QuerySet

from accounts.identity import clean_email
from audit.reading import people_of_reference, person_merged_from
from sessions.models import User

TRIGRAM = 3  # letters; the index over texts needs as many

# Each gets the typed text and returns the ids of people. Other rooms add theirs.
FINDERS: list[Callable[[str], Iterable[Any]]] = [people_of_reference]


def found(rows: QuerySet[User], term: str) -> QuerySet[User]:
    """Return the people with this `sub`, reference, identity, address or name.

    An exact match is found by an index. Texts are searched only if there is none.
    """
    exact = rows.filter(pk__in=_exactly(term))
    return exact if exact.exists() else rows.filter(_in_texts(term))


def uuids(term: str) -> list[UUID]:
    """Return the text as a list of one UUID, or an empty list if it is not a UUID."""
    try:
        return [UUID(term)]
    except ValueError:
        return []


def _exactly(term: str) -> list[Any]:
    if ids := uuids(term):
        return ids + [person for each in ids for person in person_merged_from(str(each))]
    by_reference = [person for finder in FINDERS for person in finder(term)]
    identities = SocialAccount.objects.filter(uid=term).values_list("user", flat=True)
    addresses = EmailAddress.objects.filter(email=clean_email(term)).values_list("user", flat=True)
    return [*by_reference, *identities, *addresses]


def _in_texts(term: str) -> Q:
    """Return a condition: each word is in the name, handle, address or username.

    A short word would be in most addresses. So it counts only at the beginning of a name.
    """
    wanted = Q()
    for word in term.split():
        if len(word) < TRIGRAM and word.isascii():
            in_name = Q(name__istartswith=word) | Q(name__icontains=f" {word}")
            wanted &= in_name | Q(username__istartswith=word) | Q(handle__istartswith=word)
        else:
            in_name = Q(name__icontains=word) | Q(handle__icontains=word)
            wanted &= in_name | Q(email__icontains=word) | Q(username__icontains=word)
    return wanted
