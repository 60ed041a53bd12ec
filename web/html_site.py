"""The tag `{% whose_site as site %}`, known in every template."""

from django.template import Context, Library

from web.whose_site import Look, current

register = Library()


@register.simple_tag(takes_context=True)
def whose_site(context: Context) -> Look:
    """Return the site's name and looks. A view whose page is kept may give its own."""
    given = context.get("site")
    return given if isinstance(given, Look) else current()
