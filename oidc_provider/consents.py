"""What a person has agreed to tell an app."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from audit.models import Action, Target
from audit.recording import note
from oidc_provider.app_request import AppRequest
from oidc_provider.models import Consent
from protocol.authorization_server.authorization_request import Prompt
from sessions.models import User
from sessions.session_request import actor_of


def must_agree(app_request: AppRequest, person: User) -> bool:
    """Tell whether the person has to agree: not to an app of the team, unless it asks for that.

    Where any program of the machine could be the one that answers, nobody knows that it is the app
    (RFC 8252 §8.6). So no code goes there before the person has seen a page once.
    """
    if Prompt.CONSENT in app_request.message.prompt:
        return True
    if app_request.app.is_of_team and not app_request.may_reach_any_program:
        return False
    given = Consent.objects.filter(app=app_request.app, user=person).first()
    return given is None or not given.covers(app_request.scopes, app_request.message.resources)


def agree(request: HttpRequest, app_request: AppRequest, person: User) -> None:
    """Keep what the person has agreed to, beside what they agreed to before."""
    scopes, resources = app_request.scopes, app_request.message.resources
    with transaction.atomic():
        rows = Consent.objects.select_for_update()
        consent, is_new = rows.get_or_create(app=app_request.app, user=person)
        if not is_new and consent.covers(scopes, resources):
            return
        consent.scopes = sorted({*consent.scopes, *scopes})
        consent.resources = sorted({*consent.resources, *resources})
        consent.given_at = timezone.now()
        consent.save(update_fields=["scopes", "resources", "given_at"])
    actor, target = actor_of(request, person), Target.of(app_request.app)
    note(Action.APP_CONSENT_GIVEN, actor, target, after=agreed_in(consent))


def agreed_in(consent: Consent) -> dict[str, list[str]]:
    """Return what the audit log says of a consent."""
    return {"scopes": consent.scopes, "resources": consent.resources}
