"""A site with mozilla-django-oidc, which reports what it keeps: the address."""

import os
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from tests.judges.apps.programs.django_site import configure, run, with_snippet

APP = os.environ["APP"]

if __name__ == "__main__":
    configure(
        MIDDLEWARE=["mozilla_django_oidc.middleware.SessionRefresh"],
        LOGIN_REDIRECT_URL_FAILURE="/refused",
        OIDC_STORE_ID_TOKEN=True,
        OIDC_OP_LOGOUT_URL_METHOD="__main__.logout_url",
        ALLOW_LOGOUT_GET_METHOD=True,
    )


def logout_url(request: HttpRequest) -> str:
    """Return where the library sends the browser after it has signed somebody out."""
    query = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": f"{APP}/bye",
    }
    return f"{os.environ['END_SESSION']}?{urlencode(query)}"


def me(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect(reverse("oidc_authentication_init"))
    return JsonResponse({"email": request.user.email})


def refresh(request: HttpRequest) -> HttpResponse:
    """Let the library find out that the sign-in is old: it asks again without a page."""
    request.session["oidc_id_token_expiration"] = 1
    return redirect("/refreshed")


def refreshed(request: HttpRequest) -> HttpResponse:
    assert request.session["oidc_id_token_expiration"] > 1
    return me(request)


def refused(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nobody" if not request.user.is_authenticated else "somebody", status=403)


def bye(request: HttpRequest) -> HttpResponse:
    return HttpResponse("signed out")


urlpatterns: list[Any] = with_snippet(
    [
        path("", me),
        path("refresh", refresh),
        path("refreshed", refreshed),
        path("refused", refused),
        path("bye", bye),
    ]
)

if __name__ == "__main__":
    run()
