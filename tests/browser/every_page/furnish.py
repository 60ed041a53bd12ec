"""Fill the demo's database, so that every page has something to show."""

import json
import sys
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils import timezone

from access_rules.models import AccessRule
from accounts.models import make_link
from attempts.models import SignInAttempt
from audit.models import UNKNOWN, Action, Actor, AuditEvent, Target
from audit.recording import record
from bench.seed import AGENT, seed
from oidc_provider.failure_rows import AppFailure, AppFailureCount
from oidc_provider.models import App, Consent, Grant
from providers.models import Provider
from sessions.groups import give
from sessions.models import Session, User
from sessions.signing_keys import algorithms, rotation
from sessions.signing_keys.models import SigningKey
from tests.browser.every_page.rare import RARE
from tests.fakes import refresh_token_beside, session_token
from web.models import site_row

LONG = "W" * 200  # a name as long as it may be, without a place to break it
FRESH = -3000  # seconds: so these sign-ins stay recent while all pages are visited
LATE = 600  # seconds since the sign-in of somebody who has to sign in again
APPS: dict[str, dict[str, Any]] = {
    "Grafana": {"kind": "grafana"},
    "Wiki": {"name": "W" * 100, "is_of_team": False},
    "Closed": {"audience": "chosen", "groups": ["administrators-of-everything", "M" * 60]},
}
RULES = (
    ("claim", "https://claims.example/role=editor", "editors administrators-of-everything"),
    ("email_domain", "a-rather-long-name-of-a-department.example.com", ""),
)


def main() -> None:
    """Furnish, and print as JSON what came of it, with the rare pages."""
    rare = {name: render_to_string(name, context) for name, context in RARE.items()}
    json.dump(furnish(users=40, attempts=1500) | {"rare": rare}, sys.stdout)


def furnish(users: int, attempts: int) -> dict[str, dict[str, str]]:
    """Return the tokens of people, the key of a row of each model, and the secret of a link."""
    seed(users, attempts)
    SocialAccount.objects.filter(uid="100000").update(provider="gone")
    User.objects.filter(name="Person 1").update(name=LONG, is_active=False)
    admin, visitor = User.objects.get(is_staff=True), _visitor()
    staff = Provider.objects.get(slug="staff")
    _furnish_provider(staff)
    _turn_keys()
    tokens = {
        "visitor": session_token(visitor, provider="github", age=FRESH),
        "admin": session_token(admin, provider="github", age=FRESH),
        "late": session_token(admin, provider="github", age=LATE),
    }
    _furnish_apps(visitor)
    for name in ("ops", "W" * 60):
        give(visitor, name, UNKNOWN)
    app = _app(visitor, admin)
    rows: list[Model] = [
        *(staff, visitor, AccessRule.objects.all()[0], SigningKey.objects.all()[0]),
        SignInAttempt.objects.filter(diagnosis="wrong_client_secret")[0],
        Session.objects.filter(user=visitor, revoked_at=None)[0],
        AuditEvent.objects.filter(action=Action.CHANGED)[0],
        site_row(),
        *(app, _app_failure(app, visitor)),
    ]
    keys = {str(row._meta.model_name): str(row.pk) for row in rows}
    _, keys["link"] = make_link(visitor, admin)
    refresh_tokens = {name: refresh_token_beside(token) for name, token in tokens.items()}
    return {"tokens": tokens, "refresh_tokens": refresh_tokens, "keys": keys}


def _visitor() -> User:
    """Add somebody with two accounts, two scripts, and something to be told of."""
    alice = User.objects.create(name="Alice Archer", email="alice@example.com")
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    accounts = [
        SocialAccount.objects.create(user=alice, provider=slug, uid=f"alice-{slug}")
        for slug in ("github", "google")
    ]
    now = timezone.now()
    times: dict[str, Any] = {"auth_time": now, "expires_at": now + timedelta(days=30)}
    for name in ("backup on my laptop", LONG[:100]):
        script = {"holder": Session.Holder.SCRIPT, "name": name, "scope": "openid email"}
        Session.objects.create(user=alice, **script, **times, audience=["https://reports.example"])
    old = Session.objects.create(user=alice, provider="google", user_agent=AGENT, **times)
    her, mallory = Actor(str(alice.pk), alice.audit_label), Actor(ip="203.0.113.9")
    account = {"account": accounts[1].pk, "uid": accounts[1].uid, "known_as": "alice"}
    linked = Target("account", accounts[1].uid, "google alice")
    record(Action.LINKED, her, linked, provider="google", after=account)
    replayed = Target("person", str(alice.pk), alice.audit_label)
    record(Action.REPLAYED, mallory, replayed, before={"sid": str(old.pk), "device": "Firefox"})
    return alice


def _app(visitor: User, admin: User) -> App:
    """Add an app for some, with two secrets, which two people use."""
    app = App.objects.create(
        slug="metrics",
        kind="grafana",
        name=LONG[:100],
        launch_url="https://a-rather-long-name-of-a-department.example.com/grafana/",
        redirect_uris=["https://a-rather-long-name-of-a-department.example.com/grafana/login"],
        audience="chosen",
        groups=["ops", "W" * 60],
        secret_digest="a" * 64,
        next_secret_digest="b" * 64,
    )
    app.people.add(admin)
    for person in (visitor, admin):
        session = Session.objects.filter(user=person, holder=Session.Holder.BROWSER).first()
        if session:
            app.grants.create(
                session=session, scope="openid", auth_time=session.auth_time, generation=1
            )
    return app


def _app_failure(app: App, visitor: User) -> AppFailure:
    """Keep a failure that one value mends, others, and more that are only counted."""
    uri = "https://a-rather-long-name-of-a-department.example.com/" + "w" * 200
    facts = {"redirect_uri": uri, "endpoint": "/oauth/authorize"}
    rest: dict[str, Any] = {"address": "203.0.113.9", "user_agent": AGENT, "error": "invalid"}
    for code in ("secret_wrong", "person_not_allowed", "body"):
        AppFailure.objects.create(
            reference="FA2L-URE2", refusal=code, client_id=LONG[:100], is_handled=True, **rest
        )
    today = timezone.now().date()
    AppFailureCount.objects.create(day=today, client_id=app.slug, refusal="body", number=1234)
    failure = {
        "refusal": "redirect_uri_unknown",
        "client_id": app.slug,
        "app": app,
        "user": visitor,
    }
    AppFailure.objects.create(reference="FA2L-URE3", facts=facts, **failure, **rest)
    return AppFailure.objects.create(reference="FA2L-URE4", facts=facts, **failure, **rest)


def _furnish_apps(visitor: User) -> None:
    """Add apps: one of the team, one with a consent, one that is closed."""
    session = Session.objects.filter(user=visitor, holder=Session.Holder.BROWSER)[0]
    for name, rest in APPS.items():
        address = f"https://{name.lower()}.example/"
        about = {"slug": name.lower(), "launch_url": address, "redirect_uris": [f"{address}cb"]}
        app = App.objects.create(**({"name": name} | about | rest))
        if app.slug != "closed":
            Grant.objects.create(
                app=app,
                session=session,
                scope="openid profile email",
                auth_time=session.auth_time,
                generation=1,
            )
    Consent.objects.create(
        app=App.objects.get(slug="wiki"),
        user=visitor,
        scopes=["openid", "profile", "email", "groups"],
        resources=["https://api.example/"],
    )


def _furnish_provider(provider: Provider) -> None:
    provider.base_url, provider.vouches_for = "https://op.example", "example.com"
    provider.who_may_sign_in = "matching"
    provider.next_client_secret = "the next one"
    provider.secret_expires_on = timezone.localdate() + timedelta(days=5)
    provider.save()
    for position, (kind, value, groups) in enumerate(RULES):
        rule = {"kind": kind, "value": value, "groups": groups, "position": position}
        AccessRule.objects.create(
            provider=provider, **rule, organisation=1, name_change="renamed", new_name="umbrella"
        )
    before, after = {"name": "Staff", "enabled": False}, {"name": LONG, "enabled": True}
    record(Action.CHANGED, Actor(label="Ada"), Target.of(provider), before=before, after=after)


def _turn_keys() -> None:
    """Have a key in each part of its life."""
    now = timezone.now()
    old = algorithms.generate()
    old.state, old.created_at = SigningKey.State.RETIRED, now - timedelta(days=91)
    old.signs_from, old.retired_at = now - timedelta(days=90), now - timedelta(hours=1)
    old.gone_at = now + timedelta(hours=1)
    old.save()
    rotation.revoke(rotation.rotate().kid)
    rotation.rotate()
    rotation.rotate(purpose=SigningKey.Purpose.ID_TOKEN)
