"""`{% dashboard %}` puts it onto the admin's home, so that no other room has to know of it."""

from typing import Any

from django import template
from django.template.context import RequestContext

from dashboard.home import home

register = template.Library()


@register.inclusion_tag("admin/dashboard/home.html", takes_context=True)
def dashboard(context: RequestContext) -> dict[str, Any]:
    """Show the checklist and how sign-ins go."""
    return home(context["request"])


@register.filter
def grouped(number: int) -> str:
    """Write a number with its thousands apart."""
    return f"{number:,}"
