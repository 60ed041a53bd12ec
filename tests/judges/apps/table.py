"""Every app of this folder."""

from tests.judges.apps.judge import STANDARD, Judge
from tests.judges.apps.running import (
    apache,
    authlib,
    django,
    express,
    fastapi,
    flask,
    judges_python,
    nextjs,
    node,
    own_python,
    reports_of_apache,
)

JUDGES = [
    Judge("openid-client", node("openid_client.js")),
    Judge("oauth4webapi", node("oauth4webapi.js")),
    Judge("authlib", authlib),
    Judge("flask", flask, "flask", me="/", refresh="", sign_out="", claims=STANDARD),
    Judge("fastapi", fastapi, "fastapi", me="/", refresh="", sign_out="", claims=STANDARD),
    Judge(
        "django-allauth",
        django(own_python, "allauth_site"),
        "django_allauth",
        sign_in="/accounts/oidc/signet/login/",
        me="/",
        refresh="",
        sign_out="",
        claims=STANDARD,
        refusal="Login Cancelled",
    ),
    Judge(
        "mozilla-django-oidc",
        django(judges_python, "mozilla_site"),
        "django",
        sign_in="/oidc/authenticate/",
        me="/",
        refresh="/refresh",
        sign_out="/oidc/logout/",
        bye="/bye",
        claims=("email",),
        refusal="nobody",
    ),
    Judge(
        "express-openid-connect", express, "express", sign_in="/login", sign_out="/logout", bye=""
    ),
    Judge(
        "auth-core",
        nextjs,
        "nextjs",
        me="/api/auth/session",
        refresh="",
        sign_out="",
        claims=("name", "email"),
        reports=lambda page: [page.json()["user"]],
        refusal="Try signing in with a different account.",
    ),
    Judge(
        "mod-auth-openidc",
        apache(),
        "mod_auth_openidc",
        sign_in="/",
        me="/",
        sign_out="/redirect_uri?logout={app}/bye",
        claims=STANDARD,
        reports=reports_of_apache,
        # It takes `iss` beside an error for a sign-in that somebody else has begun.
        refusal="Invalid Request",
    ),
    Judge(
        "mod-auth-openidc-by-form",
        apache("OIDCResponseMode form_post"),
        "mod_auth_openidc",
        sign_in="/",
        me="/",
        refresh="",
        sign_out="",
        claims=STANDARD,
        reports=reports_of_apache,
    ),
]
