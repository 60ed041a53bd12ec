"""The tag `{% may_open_apps as any_app %}`, known in every template."""

from django.template import Context, Library

from oidc_provider.pages import has_apps

register = Library()


@register.simple_tag(takes_context=True)
def may_open_apps(context: Context) -> bool:
    """Tell whether the navigation leads to apps: one query for somebody who is signed in."""
    token = context["request"].session_token
    return token is not None and has_apps(token)
