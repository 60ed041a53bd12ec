"""The filter `date` of all templates, whose format `c` is a time that HTML allows."""

from datetime import date as Date  # noqa: N812 - the filter has its name
from datetime import datetime

from django.template import Library, defaultfilters

register = Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Date | str | None, form: str | None = None) -> str:
    """Format as Django does. With `c`, leave out microseconds (HTML §2.3.5.7)."""
    if form == "c" and isinstance(value, datetime):
        value = value.replace(microsecond=0)
    return str(defaultfilters.date(value, form))
