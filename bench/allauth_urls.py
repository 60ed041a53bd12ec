"""allauth's own addresses, and a view that needs somebody signed in by Django's session."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.urls import include, path


@login_required
def protected(request: HttpRequest) -> JsonResponse:
    user: Any = request.user
    return JsonResponse({"sub": str(user.pk), "email": user.email})


urlpatterns = [path("accounts/", include("allauth.urls")), path("protected/", protected)]
