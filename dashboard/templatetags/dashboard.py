"""`{% dashboard %}` on the admin's home, so that no other room has to know the dashboard."""

from typing import Any

from django import template
from django.template.context import RequestContext

from dashboard.home import home

register = template.Library()


@register.inclusion_tag("admin/dashboard/home.html", takes_context=True)
def dashboard(context: RequestContext) -> dict[str, Any]:
    """Show the checklist and how sign-ins go."""
    return home(context["request"])
