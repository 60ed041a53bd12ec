"""The Django application `oauth_client`."""

from django.apps import AppConfig


class OAuthClientConfig(AppConfig):
    """The flow, its pages and its commands. It has no tables of its own."""

    name = "oauth_client"
    verbose_name = "Sign-in"
