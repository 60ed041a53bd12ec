"""What is kept of a person about apps: their copy of it, and what moves when two are one."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.self_service.personal_data import DataPart, Row
from audit.reading import in_chunks
from oidc_provider.models import App, Consent, Grant
from sessions.models import User
from web.shown import duration


def _rows_of_sign_ins(user: User) -> Iterable[Row]:
    grants = Grant.objects.filter(session__user_id=user.pk).order_by("created_at", "pk")
    times = ("created_at", "refreshed_at", "ended_at")
    return in_chunks(grants.values("session", "scope", *times, app_name=F("app__name")))


def _rows_of_consents(user: User) -> Iterable[Row]:
    consents = user.consents.order_by("given_at", "pk")
    return in_chunks(consents.values("scopes", "resources", "given_at", app_name=F("app__name")))


SIGN_INS = DataPart(
    "apps",
    gettext_lazy("Apps"),
    gettext_lazy(
        "The apps that you have signed in to through this site: since when, when they last asked "
        "for you, and what they may be told."
    ),
    lambda: _("As long as the session in which you signed in: {whole} at the latest.").format(
        whole=duration(settings.SESSION_LIFETIME)
    ),
    _rows_of_sign_ins,
    "account_apps",
)
CONSENTS = DataPart(
    "consents",
    gettext_lazy("Consents"),
    gettext_lazy("What you have agreed to let an app know, and when."),
    lambda: _("Until you withdraw it, or delete your account."),
    _rows_of_consents,
    "account_apps",
)


def consents_of(person: User) -> QuerySet[Consent]:
    return Consent.objects.filter(user=person)


def named(person: User) -> QuerySet[Any]:
    """Return the rows by which apps name the person among those who may use them."""
    return App.people.through.objects.filter(user_id=person.pk)


def settle_duplicates(goes: User, stays: User) -> None:
    """Leave one row of each app to two people who are merged.

    Of two consents, only what is in both counts: the app asks anew for the rest.
    """
    named(goes).filter(app__in=named(stays).values("app")).delete()
    kept = {consent.app_id: consent for consent in consents_of(stays)}
    for other in consents_of(goes).filter(app__in=kept):
        consent = kept[other.app_id]
        consent.scopes = [each for each in consent.scopes if each in other.scopes]
        consent.resources = [each for each in consent.resources if each in other.resources]
        consent.save(update_fields=["scopes", "resources"])
        other.delete()
