"""People and their addresses in the admin. What allauth registers there would show secrets."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

import accounts.signing_keys.admin  # noqa: F401 - registers the keys
from accounts.models import Session, User
from accounts.recent_sign_in import RecentSignInAdmin
from accounts.sessions import revoke_all

admin.site.unregister([EmailAddress, SocialAccount, SocialApp, SocialToken, Group])


class EmailAddressInline(admin.TabularInline):
    """The addresses that somebody has proven; nobody proves one by typing it here."""

    model = EmailAddress
    extra = 0
    fields = readonly_fields = ("email", "verified", "primary")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SocialAccountInline(admin.TabularInline):
    """Who this person is at which provider."""

    model = SocialAccount
    extra = 0
    fields = readonly_fields = ("provider", "uid", "date_joined")
    verbose_name = "account at a provider"
    verbose_name_plural = "accounts at providers"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(RecentSignInAdmin):
    """Find somebody, suspend them, make them an admin."""

    list_display = ("display_name", "email", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("name", "email", "username", "emailaddress__email", "socialaccount__uid")
    fields = (
        "id",
        "name",
        "email",
        "username",
        "is_active",
        "is_staff",
        "is_superuser",
        "date_joined",
        "last_login",
    )
    readonly_fields = ("id", "email", "username", "date_joined", "last_login")
    inlines = (EmailAddressInline, SocialAccountInline)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        """Save, and end the sessions of somebody who has been suspended."""
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            revoke_all(obj.sessions.all(), Session.End.SUSPENDED)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Delete, and end the sessions first: their JWTs know nothing of a deleted row."""
        revoke_all(obj.sessions.all(), Session.End.REMOVED)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Delete the selected people, as `delete_model` does."""
        revoke_all(Session.objects.filter(user__in=queryset), Session.End.REMOVED)
        super().delete_queryset(request, queryset)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People come by signing in; an admin with a password by `createsuperuser`."""
        return False
