"""What the admin's pages of groups say about apps: how many, and which, each lets in."""

from collections import Counter

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.admin_pages import GroupPart
from oidc_provider.models import App, Audience

MAY_SEE = ("oidc_provider.view_app", "oidc_provider.change_app")


def _numbers() -> Counter[str]:
    listed = App.objects.filter(audience=Audience.CHOSEN).values_list("groups", flat=True)
    return Counter(name for groups in listed for name in groups)


def _links(request: HttpRequest, group: str) -> list[tuple[str, str]]:
    may_see = any(map(request.user.has_perm, MAY_SEE))
    chosen = App.objects.filter(audience=Audience.CHOSEN)
    return [
        (reverse("admin:oidc_provider_app_change", args=[app.pk]) if may_see else "", app.name)
        for app in chosen
        if group in app.groups
    ]


OPENED = GroupPart(
    title=gettext_lazy("Apps limited to it"),
    empty=gettext_lazy("No app is limited to this group."),
    numbers=_numbers,
    links=_links,
)
