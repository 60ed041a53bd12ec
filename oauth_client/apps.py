"""The Django application `oauth_client`."""

from django.apps import AppConfig

import accounts


class OAuthClientConfig(AppConfig):
    name = "oauth_client"
    verbose_name = "Sign-in"

    def ready(self) -> None:
        from oauth_client.attempts import counting  # noqa: PLC0415 - it has models

        accounts.in_background(counting.write)
