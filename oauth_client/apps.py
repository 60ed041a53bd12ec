"""The Django application `oauth_client`."""

from django.apps import AppConfig


class OAuthClientConfig(AppConfig):
    name = "oauth_client"
    verbose_name = "Sign-in"
