"""The tag `{% may_open_apps as any_app %}`, known in every template."""

from django.template import Context, Library

from oidc_provider.pages import has_apps, is_known_to_have_apps

register = Library()


@register.simple_tag(takes_context=True)
def may_open_apps(context: Context) -> bool:
    """Tell whether the navigation leads to apps: one query where the site has any."""
    token = context["request"].session_token
    return is_known_to_have_apps() and token is not None and has_apps(token)
