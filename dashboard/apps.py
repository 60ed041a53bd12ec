from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The home of the admin. It has no tables of its own."""

    name = "dashboard"
