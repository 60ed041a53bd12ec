"""Who asks in the sweep, and the rows that they ask about."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from access_rules.applying import Judgement, rules_of
from access_rules.decision import Decision, Evidence
from access_rules.models import AccessRule
from accounts.errors import EmailInUseError
from accounts.identity import Identity
from accounts.models import make_link
from attempts.models import SignInAttempt
from audit.models import UNKNOWN, Action, AuditEvent, Target
from audit.recording import record
from oauth_client import proven
from oauth_client.arrival import Arrival, KnownElsewhereError
from oidc_provider.failure_rows import AppFailure
from oidc_provider.models import App, Consent
from protocol.flow import AccessToken
from providers.models import Policy, Provider
from sessions.groups import give
from sessions.models import GroupMembership, Session, User
from sessions.session_tokens import issue_session_token
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token
from tests.sweep.addresses import REFERENCE
from web.models import site_row

PEOPLE = ("nobody", "visitor", "script", "admin")


@dataclass(frozen=True)
class Site:
    """A site in use: somebody of each kind, and a row of each table, by the name of its model."""

    users: dict[str, User]
    rows: dict[str, Any]
    proven: str  # the key of an account that the visitor has proven
    link: str  # the secret of a link by which somebody connects an account

    def key_in(self, path: str) -> str:
        """Return the key of the row that an address of the admin is about."""
        parts = path.split("/")
        row = self.rows.get(parts[3]) if len(parts) > 4 else None
        return str(row.pk) if row else "x"

    def browser(self, name: str) -> Client:
        """Return what this person asks with; errors become answers."""
        client = Client(headers={"host": HOST}, raise_request_exception=False)
        if name == "nobody":
            client.get(f"/connect/{self.link}/")  # opens the page of the link
        if name in ("visitor", "admin"):
            hold(client, session_token(self.users[name]))
            client.cookies["proven"] = self.proven
        elif name == "script":
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {_script_token(self.users[name])}"
        return client


def furnished() -> Site:
    """Make the site, with a session whose person is gone."""
    keyring.ensure_signing_key()
    users = {name: User.objects.create(name=name.title()) for name in ("visitor", "gone")}
    users["admin"] = User.objects.create(name="Root", is_staff=True, is_superuser=True)
    users["script"] = users["admin"]
    visitor, gone = users["visitor"], users.pop("gone")
    provider = add_provider()
    SocialAccount.objects.create(user=visitor, provider="demo", uid="1")
    EmailAddress.objects.create(user=visitor, email="visitor@example.com", verified=True)
    orphan = _session(gone)
    gone.delete()
    attempt = SignInAttempt.objects.create(
        reference=REFERENCE, provider="demo", process="sign_in", step=6, status=200, milliseconds=9
    )
    record(Action.CHANGED, UNKNOWN, Target.of(provider))
    give(visitor, "ops", UNKNOWN)
    app = App.objects.create(
        slug="grafana",
        kind="grafana",
        name="Grafana",
        launch_url="https://a.example/",
        redirect_uris=["https://a.example/cb"],
    )
    rows = {
        "user": visitor,
        "groupmembership": GroupMembership.objects.get(),
        "session": orphan,
        "signingkey": SigningKey.objects.get(),
        "provider": provider,
        "accessrule": AccessRule.objects.create(
            provider=provider, kind="email", value="a@b.example"
        ),
        "signinattempt": attempt,
        "auditevent": AuditEvent.objects.first(),
        "site": site_row(),
        "app": app,
        "appfailure": AppFailure.objects.create(
            reference=REFERENCE,
            app=app,
            client_id=app.slug,
            refusal="redirect_uri_unknown",
            facts={"redirect_uri": "https://a.example/callback"},
        ),
    }
    Consent.objects.create(app=app, user=visitor, scopes=["openid", "email"])
    _, link = make_link(visitor, users["admin"])
    return Site(users, rows, _proven(provider), link)


def _proven(provider: Provider) -> str:
    """Prove an account that is nobody's here."""
    judgement = Judgement(Policy.ANYONE, Decision(True), rules_of(provider), Evidence())
    token = AccessToken("an-access-token", "", {})
    identity = Identity("demo", "2", name="Visitor", email="visitor@example.com")
    in_use, response = EmailInUseError(identity.email, ["demo"]), HttpResponse()
    arrival = Arrival(identity, None, judgement, token, None)
    proven.keep(response, provider, KnownElsewhereError(arrival, in_use, UNKNOWN))
    return str(response.cookies["proven"].value)


def _session(user: User, holder: str = Session.Holder.BROWSER) -> Session:
    now = timezone.now()
    expires_at = now + timedelta(hours=1)
    return Session.objects.create(user=user, holder=holder, auth_time=now, expires_at=expires_at)


def _script_token(user: User) -> str:
    return issue_session_token(_session(user, Session.Holder.SCRIPT), user).text
