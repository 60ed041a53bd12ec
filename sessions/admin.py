"""The keys in the admin: the life of each, and the two things that an admin can do."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.large_list import ReadOnlyAdmin
from sessions.models import SigningKey
from sessions.recent_sign_in import Question, asking, show_question
from sessions.session_request import actor_of
from sessions.signing_keys import life, rotation
from web.shown import minute

LIST = "admin:signet_sessions_signingkey_changelist"
REVOKE = "signet_sessions_signingkey_revoke"


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    """The keys. One that is gone stays as history, so that its `kid` is never accepted again."""

    list_display = ("key", "life", "revoke_link")
    list_display_links = None
    ordering = ("-created_at",)
    change_list_template = "admin/signet_sessions/signingkey/change_list.html"

    class Media:
        css = {"all": ["signet/signing_keys.css"]}  # noqa: RUF012 - as Django documents it

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("rotate/", asking(self, self.rotate), name="signet_sessions_signingkey_rotate"),
            path("<uuid:pk>/revoke/", asking(self, self.revoke), name=REVOKE),
        ]
        return own + super().get_urls()

    def rotate(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            minutes = int(life.PRE_PUBLICATION.total_seconds() // 60)
            return self._ask(request, "rotate", {"minutes": minutes})
        key = rotation.rotate(actor=actor_of(request))
        words = _("Key {kid} is published. It signs from {time}.")
        messages.success(request, words.format(kid=key.kid, time=minute(key.signs_from)))
        return HttpResponseRedirect(reverse(LIST))

    def revoke(self, request: HttpRequest, key: SigningKey) -> HttpResponse:
        if request.method != "POST":
            return self._ask(request, "revoke", {"key": key})
        key = rotation.revoke(key.kid, actor=actor_of(request))
        words = _("Key {kid}: {state}. Its tokens are refused.")
        state = key.get_state_display()
        messages.success(request, words.format(kid=key.kid, state=state))
        return HttpResponseRedirect(reverse(LIST))

    def _ask(self, request: HttpRequest, name: str, about: dict[str, Any]) -> HttpResponse:
        """Say what will happen, and ask for confirmation."""
        verbs = {"rotate": _("Rotate key"), "revoke": _("Revoke key")}
        question = Question(verbs[name], "", reverse(LIST))
        template = f"admin/signet_sessions/signingkey/{name}.html"
        about |= {"upcoming": life.upcoming(SigningKey.objects.all())}
        return show_question(self, request, question, template, about)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """List the keys as they are now, whether or not that has been saved yet."""
        rotation.rotate_if_due()
        return super().changelist_view(request, *args, **kwargs)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may_change = request.user.has_perm("signet_sessions.change_signingkey")
        return self.list_display if may_change else self.list_display[:-1]

    @admin.display(description=gettext_lazy("key"))
    def key(self, key: SigningKey) -> SafeString:
        text = '<code class="kid">{}</code> <span class="state {}">{}</span> {}'
        return format_html(text, key.kid, key.state, key.get_state_display(), key.algorithm)

    @admin.display(description=gettext_lazy("timeline"))
    def life(self, key: SigningKey) -> str:
        rows = list(SigningKey.objects.filter(state=SigningKey.State.UPCOMING))
        context = {"timeline": life.timeline(key, rows, timezone.now())}
        return render_to_string("admin/signet_sessions/signingkey/timeline.html", context)

    @admin.display(description=gettext_lazy("action"))
    def revoke_link(self, key: SigningKey) -> str:
        if key.state not in life.ACCEPTED:
            return ""
        address = reverse(f"admin:{REVOKE}", args=[key.pk])
        link = '<a class="deletelink" href="{}" aria-label="{}">{}</a>'
        label = _("Revoke key {kid}").format(kid=key.kid)
        return format_html(link, address, label, _("Revoke key"))

    def change_view(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """Show the list instead. It shows everything about a key that an admin may see."""
        return HttpResponseRedirect(reverse(LIST))
