"""The keys in the admin: the life of each, and the two things that an admin can do."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.large_list import ReadOnlyAdmin
from sessions.recent_sign_in import Question, asking, show_question
from sessions.session_request import actor_of
from sessions.signing_keys import life, rotation
from sessions.signing_keys.keyring import has_signing_key
from sessions.signing_keys.models import SigningKey
from web.shown import minute

Purpose = SigningKey.Purpose
LIST = "admin:signet_sessions_signingkey_changelist"
ROTATE = "signet_sessions_signingkey_rotate"
ROTATE_ID_TOKENS = f"{ROTATE}_id_tokens"
REVOKE = "signet_sessions_signingkey_revoke"
VERBS = {
    Purpose.SESSION: gettext_lazy("Rotate key for session JWTs"),
    Purpose.ID_TOKEN: gettext_lazy("Rotate key for ID tokens"),
}
AT_ONCE = {
    Purpose.SESSION: "manage.py keys rotate --now",
    Purpose.ID_TOKEN: "manage.py keys rotate --for id-token --now",
}
REVOKE_KEY = gettext_lazy("Revoke key")


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    """The keys. One that is gone stays as history, so that its `kid` is never accepted again.

    The template of the list makes a heading of the first column.
    """

    list_display = ("purpose", "key", "life", "revoke_link")
    list_display_links = None
    ordering = ("-purpose", "-created_at")  # those of session JWTs first
    change_list_template = "admin/signet_sessions/signingkey/change_list.html"

    class Media:
        css = {"all": ["signet/signing_keys.css"]}  # noqa: RUF012 - as Django documents it

    def get_urls(self) -> list[URLPattern]:
        rotate = partial(self.rotate, purpose=Purpose.SESSION)
        rotate_id_tokens = partial(self.rotate, purpose=Purpose.ID_TOKEN)
        own = [
            path("rotate/", asking(self, rotate), name=ROTATE),
            path("rotate-id-tokens/", asking(self, rotate_id_tokens), name=ROTATE_ID_TOKENS),
            path("<uuid:pk>/revoke/", asking(self, self.revoke), name=REVOKE),
        ]
        return own + super().get_urls()

    def rotate(self, request: HttpRequest, purpose: Purpose) -> HttpResponse:
        """Ask, then rotate. The first key for ID tokens is made when an app needs it, not here."""
        if purpose not in _purposes():
            raise Http404
        if request.method != "POST":
            about = {
                "minutes": int(life.PRE_PUBLICATION.total_seconds() // 60),
                "command": AT_ONCE[purpose],
            }
            return self._ask(request, VERBS[purpose], "rotate", purpose, about)
        key = rotation.rotate(purpose=purpose, actor=actor_of(request))
        words = _("Key {kid} is published. It signs from {time}.")
        messages.success(request, words.format(kid=key.kid, time=minute(key.signs_from)))
        return HttpResponseRedirect(reverse(LIST))

    def revoke(self, request: HttpRequest, key: SigningKey) -> HttpResponse:
        if request.method != "POST":
            return self._ask(request, REVOKE_KEY, "revoke", key.purpose, {"key": key})
        key = rotation.revoke(key.kid, actor=actor_of(request))
        words = _("Key {kid}: {state}. Its tokens are refused.")
        state = key.get_state_display()
        messages.success(request, words.format(kid=key.kid, state=state))
        return HttpResponseRedirect(reverse(LIST))

    def _ask(
        self, request: HttpRequest, verb: Any, name: str, purpose: str, about: dict[str, Any]
    ) -> HttpResponse:
        """Say what will happen, and ask for confirmation."""
        question = Question(str(verb), "", reverse(LIST), is_harmless=name == "rotate")
        template = f"admin/signet_sessions/signingkey/{name}.html"
        about |= {"upcoming": life.upcoming(SigningKey.objects.filter(purpose=purpose))}
        return show_question(self, request, question, template, about)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List the keys as they are now, whether or not that has been saved yet."""
        rotation.rotate_if_due()
        pages = {Purpose.SESSION: ROTATE, Purpose.ID_TOKEN: ROTATE_ID_TOKENS}
        links = [(reverse(f"admin:{pages[each]}"), VERBS[each]) for each in _purposes()]
        return super().changelist_view(request, {"rotate_links": links} | (extra_context or {}))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may_change = request.user.has_perm("signet_sessions.change_signingkey")
        return self.list_display if may_change else self.list_display[:-1]

    @admin.display(description=gettext_lazy("key"))
    def key(self, key: SigningKey) -> SafeString:
        text = '<code class="kid">{}</code> <span class="state {}">{}</span> {}'
        return format_html(text, key.kid, key.state, key.get_state_display(), key.algorithm)

    @admin.display(description=gettext_lazy("timeline"))
    def life(self, key: SigningKey) -> str:
        upcoming = {"purpose": key.purpose, "state": SigningKey.State.UPCOMING}
        rows = list(SigningKey.objects.filter(**upcoming))
        context = {"timeline": life.timeline(key, rows, timezone.now())}
        return render_to_string("admin/signet_sessions/signingkey/timeline.html", context)

    @admin.display(description=gettext_lazy("action"))
    def revoke_link(self, key: SigningKey) -> str:
        if key.state not in life.ACCEPTED:
            return ""
        address = reverse(f"admin:{REVOKE}", args=[key.pk])
        link = '<a class="deletelink" href="{}" aria-label="{}">{}</a>'
        label = _("Revoke key {kid}").format(kid=key.kid)
        return format_html(link, address, label, REVOKE_KEY)

    def change_view(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """Show the list instead. It shows everything about a key that an admin may see."""
        return HttpResponseRedirect(reverse(LIST))


def _purposes() -> list[Purpose]:
    """Return what keys can be rotated for: ID tokens only if there is a key for them already."""
    of_id_tokens = [Purpose.ID_TOKEN] if has_signing_key(Purpose.ID_TOKEN) else []
    return [Purpose.SESSION, *of_id_tokens]
