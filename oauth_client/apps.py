"""The Django application `oauth_client`."""

from django.apps import AppConfig

import accounts


class OAuthClientConfig(AppConfig):
    name = "oauth_client"
    verbose_name = "Sign-in"

    def ready(self) -> None:
        from oauth_client.attempts import counting, retention  # noqa: PLC0415 - models load first

        accounts.in_background(counting.write)
        accounts.in_cleanup("sign-ins", retention.remove_attempts)
        accounts.in_cleanup("counts of sign-ins", retention.remove_counts)
