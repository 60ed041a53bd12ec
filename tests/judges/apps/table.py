"""Every app of this folder."""

import sys
from pathlib import Path

from tests.judges.apps.judge import STANDARD, Judge
from tests.judges.apps.running import authlib, django, fastapi, flask, node

OWN = Path(sys.executable)

JUDGES = [
    Judge("openid-client", node("openid_client.js")),
    Judge("oauth4webapi", node("oauth4webapi.js")),
    Judge("authlib", authlib),
    Judge("flask", flask, "flask", me="/", refresh="", sign_out="", claims=STANDARD),
    Judge("fastapi", fastapi, "fastapi", me="/", refresh="", sign_out="", claims=STANDARD),
    Judge(
        "django-allauth",
        django(OWN, "allauth_site"),
        "django_allauth",
        sign_in="/accounts/oidc/signet/login/",
        me="/",
        refresh="",
        sign_out="",
        claims=STANDARD,
        refusal="Login Cancelled",
    ),
]
