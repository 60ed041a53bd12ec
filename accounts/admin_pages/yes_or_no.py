"""Fields that are true or false, in lists and where nobody may change them."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def yes_or_no(model: type[Model], name: str) -> Any:
    """Return a column with Django's icons. Their text is `True` in Django, and "Yes" here."""
    title = model._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # noqa: SLF001

    @admin.display(description=title, ordering=name)
    def icon(row: Any) -> SafeString:
        file, text = ("yes", _("Yes")) if getattr(row, name) else ("no", _("No"))
        source = static(f"admin/img/icon-{file}.svg")
        return format_html('<img src="{}" alt="{}">', source, text)

    icon.__name__ = name
    return icon
