"""What an app would be told of somebody is what it is told."""

from typing import Any

import pytest

from audit.models import UNKNOWN
from oidc_provider.models import App, Audience, Grant
from oidc_provider.preview import preview
from sessions import groups
from sessions.models import Session, User
from tests.oidc_provider.party import RelyingParty, parts_of

pytestmark = pytest.mark.django_db
OF_ONE_TOKEN = {"iat", "exp", "jti", "grant", "nonce", "at_hash"}


def lasting(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name not in OF_ONE_TOKEN}


@pytest.mark.parametrize("is_in_id_token", [True, False], ids=["whole", "sub-alone"])
def test_the_preview_says_what_the_real_tokens_say(
    party: RelyingParty, alices_session: Session, is_in_id_token: bool
) -> None:
    alice = alices_session.user
    groups.give(alice, "ops", UNKNOWN)
    App.objects.update(claims_in_id_token=is_in_id_token, audiences=["https://api.example/"])
    party.app.refresh_from_db()
    tokens = party.tokens(resource="https://api.example/")
    found = preview(party.app, User.objects.get(pk=alice.pk))
    assert lasting(found.id_token) == lasting(parts_of(tokens["id_token"])[1])
    assert lasting(found.access_token) == lasting(parts_of(tokens["access_token"])[1])
    assert found.userinfo == party.userinfo(tokens["access_token"]).json()


def test_the_preview_stores_nothing(grafana: App, bob: User) -> None:
    Session.objects.filter(user=bob).delete()
    found = preview(grafana, bob)
    assert not found.is_signed_in
    assert not Grant.objects.exists()
    assert not Session.objects.filter(user=bob).exists()


def test_somebody_who_is_not_signed_in_has_the_groups_of_the_last_time(
    grafana: App, alices_session: Session
) -> None:
    Session.objects.update(groups=["dev"], revoked_at=alices_session.auth_time)
    found = preview(grafana, alices_session.user)
    assert (found.groups, found.is_signed_in) == (("dev",), False)
    assert found.userinfo["groups"] == ["dev"]


@pytest.mark.parametrize(
    ("given", "is_named", "is_allowed"),
    [("dev", False, False), ("ops", False, True), ("dev", True, True)],
    ids=["another-group", "its-group", "by-name"],
)
def test_whether_they_may_use_it_is_judged_as_in_a_sign_in(
    party: RelyingParty, alices_session: Session, given: str, is_named: bool, is_allowed: bool
) -> None:
    alice, app = alices_session.user, party.app
    App.objects.update(audience=Audience.CHOSEN, groups=["ops"])
    app.refresh_from_db()
    groups.give(alice, given, UNKNOWN)
    if is_named:
        app.people.add(alice)
    assert preview(app, User.objects.get(pk=alice.pk)).is_allowed is is_allowed
    assert (party.authorize().status_code == 303) is is_allowed
