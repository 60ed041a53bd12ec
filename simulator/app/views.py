"""The pages of the app. Tokens stay on its server: a browser has the name of its session alone."""

import json
import secrets
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import jwt
import requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from simulator.app.sign_in import (
    APP,
    ISSUER,
    REDIRECT_URI,
    SignInError,
    authorization_code,
    authorization_request,
    id_token_claims,
    logout_request,
    revocation_request,
    token_request,
)

STYLESHEET = Path(__file__).parents[1] / "static" / "app.css"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src * data:; base-uri 'none'; frame-ancestors 'none'"
)
NO_ANSWER = "The site that you sign in to does not answer as it should."
View = Callable[[HttpRequest], HttpResponse]


def saying_why(view: View) -> View:
    """Say on the home page why it did not go on."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except SignInError as error:
            request.session["notice"] = str(error)
        except (jwt.PyJWTError, requests.RequestException):
            request.session["notice"] = NO_ANSWER
        return redirect("/")

    return guarded


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show who is signed in, after a refresh if the access token has expired."""
    if f"http://{request.get_host()}" != APP:
        return redirect(f"{APP}/")
    if request.session.get("expires_at", float("inf")) < time.time():
        refresh(request)
    claims = request.session.get("claims", {})
    as_sent = {
        name: each if isinstance(each, str) else json.dumps(each) for name, each in claims.items()
    }
    context = {
        "claims": claims,
        "as_sent": as_sent,
        "notice": request.session.pop("notice", ""),
        "issuer": ISSUER,
    }
    response = render(request, "app.html", context)
    response["Content-Security-Policy"] = POLICY
    return response


@require_POST
@saying_why
def sign_in(request: HttpRequest) -> HttpResponse:
    """Make three random values, which tie the answer, the ID token and the code to this browser."""
    begun = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "code_verifier")}
    request.session["begun"] = begun
    return redirect(authorization_request(**begun))


@require_GET
@saying_why
def signed_in(request: HttpRequest) -> HttpResponse:
    """Answer at the redirect URI. The session gets a new name, which nobody else can know."""
    begun = request.session.pop("begun", {})
    tokens = token_request(
        grant_type="authorization_code",
        code=authorization_code({**request.GET.dict()}, begun.get("state", "")),
        redirect_uri=REDIRECT_URI,
        code_verifier=begun["code_verifier"],
    )
    claims = id_token_claims(tokens["id_token"], begun["nonce"])
    request.session.flush()
    _keep(request, tokens, claims)
    return redirect("/")


def refresh(request: HttpRequest) -> None:
    """Get new tokens. A refusal says that the sign-in has ended there; so it ends here."""
    session = request.session
    try:
        tokens = token_request(grant_type="refresh_token", refresh_token=session["refresh_token"])
        claims = id_token_claims(tokens["id_token"])
        if claims["sub"] != session["claims"]["sub"]:
            raise SignInError("The ID token is about somebody else.")
        _keep(request, tokens, claims)
    except SignInError as error:
        session.flush()
        session["notice"] = str(error)
    except (jwt.PyJWTError, requests.RequestException):
        session["notice"] = NO_ANSWER


def _keep(request: HttpRequest, tokens: dict[str, Any], claims: dict[str, Any]) -> None:
    request.session.update(
        {
            "claims": claims,
            "id_token": tokens["id_token"],
            "refresh_token": tokens["refresh_token"],
            "expires_at": time.time() + tokens["expires_in"],
        }
    )


@require_POST
def ask_again(request: HttpRequest) -> HttpResponse:
    """Refresh now, and not when the access token expires."""
    if "claims" in request.session:
        request.session["notice"] = "You are still signed in: these claims are new."
        refresh(request)
    return redirect("/")


@require_POST
@saying_why
def sign_out_here(request: HttpRequest) -> HttpResponse:
    refresh_token = request.session.pop("refresh_token", "")
    request.session.flush()
    revocation_request(refresh_token)
    request.session["notice"] = "You are signed out of this app."
    return redirect("/")


@require_POST
@saying_why
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    id_token = request.session.pop("id_token", "")
    request.session.flush()
    return redirect(logout_request(id_token))


@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    """Answer at the post-logout redirect URI."""
    request.session["notice"] = "You are signed out everywhere."
    return redirect("/")


def stylesheet(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(STYLESHEET.read_bytes(), "text/css; charset=utf-8")


urlpatterns = [
    path("", home),
    path("sign-in", sign_in, name="sign_in"),
    path("signed-in", signed_in),
    path("refresh", ask_again, name="refresh"),
    path("sign-out-here", sign_out_here, name="sign_out_here"),
    path("sign-out-everywhere", sign_out_everywhere, name="sign_out_everywhere"),
    path("signed-out", signed_out),
    path("app.css", stylesheet, name="stylesheet"),
]
