"""A site with django-allauth as the app, which reports all that it has kept."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from tests.judges.apps.programs.django_site import configure, run, with_snippet

if __name__ == "__main__":
    configure(LOGIN_REDIRECT_URL="/", SOCIALACCOUNT_LOGIN_ON_GET=True)


def me(request: HttpRequest) -> HttpResponse:
    from allauth.socialaccount.models import SocialAccount

    account = SocialAccount.objects.get(user=request.user)
    return JsonResponse(
        [account.extra_data["userinfo"], account.extra_data["id_token"]], safe=False
    )


urlpatterns: list[Any] = with_snippet([path("", me)])

if __name__ == "__main__":
    run()
