"""People and their addresses in the admin. What allauth registers there would show secrets."""

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.models import User

for model in (EmailAddress, SocialAccount, SocialApp, SocialToken, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


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
class UserAdmin(admin.ModelAdmin):
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
    inlines: ClassVar[list[type[admin.TabularInline]]] = [
        EmailAddressInline,
        SocialAccountInline,
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People come by signing in; an admin with a password by `createsuperuser`."""
        return False
