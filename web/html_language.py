"""The tag `{% page_language as language %}`, known in every template."""

from typing import NamedTuple

from django.template import Library
from django.utils.translation import get_language, get_language_bidi

register = Library()


class PageLanguage(NamedTuple):
    """What the `html` element says of its language (HTML §3.2.6.2, §3.2.6.4)."""

    code: str
    direction: str


@register.simple_tag
def page_language() -> PageLanguage:
    return PageLanguage(get_language(), "rtl" if get_language_bidi() else "ltr")
