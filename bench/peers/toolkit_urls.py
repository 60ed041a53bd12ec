"""The toolkit's own addresses, and the claims that it leaves to a site."""

from typing import Any

from django.urls import include, path
from oauth2_provider.oauth2_validators import OAuth2Validator


class Validator(OAuth2Validator):
    def get_additional_claims(self, request: Any) -> dict[str, str]:
        person = request.user
        names = {"given_name": person.first_name, "family_name": person.last_name}
        known = {"preferred_username": person.username, "email": person.email}
        return {"name": person.get_full_name(), **names, **known}


urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]
