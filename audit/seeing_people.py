"""Who may see people in the admin. Every page that names people, or finds by them, asks this."""

from django.http import HttpRequest

MAY_SEE_PEOPLE = ("signet_sessions.view_user", "signet_sessions.change_user")  # one is enough


def may_see_people(request: HttpRequest) -> bool:
    return any(map(request.user.has_perm, MAY_SEE_PEOPLE))
