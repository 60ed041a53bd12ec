"""allauth's own addresses, and a view that needs somebody signed in by Django's session."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.urls import include, path


@login_required
def protected(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"sub": str(request.user.pk), "email": request.user.email})  # type: ignore[union-attr]


urlpatterns = [path("accounts/", include("allauth.urls")), path("protected/", protected)]
