"""The Django application `web`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from web import background


class WebConfig(AppConfig):
    name = "web"
    verbose_name = _("Site")

    def ready(self) -> None:
        from web import models  # noqa: PLC0415 - models load before what uses them

        background.readings.append(models.read)
