"""What providers are called here; who they are is another room's business."""

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.http import HttpRequest


def provider_name(request: HttpRequest, slug: str) -> str:
    """Return what the admin calls a provider; its slug once it has been removed."""
    try:
        return str(get_adapter().get_app(request, slug).name) if slug else ""
    except SocialApp.DoesNotExist:
        return slug
