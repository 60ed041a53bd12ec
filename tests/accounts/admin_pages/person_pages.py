"""The page of a person in the admin, and its form."""

from django.contrib.auth.models import Permission

from sessions.models import User


def page_of(user: User, action: str = "change") -> str:
    return f"/admin/signet_sessions/user/{user.pk}/{action}/"


def form_of(user: User, **changes: str) -> dict[str, str]:
    """Return the change form as the browser sends it; an absent checkbox is not ticked."""
    form = {"name": user.name, "handle": user.handle, "is_active": "on"} | changes
    for inline in ("emailaddress_set", "socialaccount_set"):
        form |= {f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0"}
    return {name: value for name, value in form.items() if value}


def limit(admin: User) -> None:
    """Leave an admin only the rights to look at people, to change and to remove them."""
    User.objects.filter(pk=admin.pk).update(is_superuser=False)
    names = ["view_user", "change_user", "delete_user"]
    admin.user_permissions.set(Permission.objects.filter(codename__in=names))
