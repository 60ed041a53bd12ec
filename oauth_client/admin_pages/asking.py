"""Save rules about the admin's own organisations at once: ask the provider, then go on."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from access_rules.applying import RuledProvider, applying
from access_rules.lock_out import BUTTON
from access_rules.models import AccessRule
from attempts.models import Process
from oauth_client import waiting_forms
from oauth_client.views import begin
from providers.models import Provider
from sessions.session_request import with_session

NO_ANSWER = gettext_lazy("Nothing was saved. {provider} could not confirm who you are: {reason}.")


def ask(request: HttpRequest, provider: Provider, rules: Iterable[AccessRule]) -> HttpResponse:
    """Send the admin to the provider. Meanwhile the form of this request waits."""
    drafted = applying(rules, provider)
    form = waiting_forms.keep(request, drafted)
    found = RuledProvider(provider, frozenset(rule.kind for rule in drafted))
    token = with_session(request).session_token
    return begin(request, found, form.address, Process.DRY_RUN, token.sid if token else "")


def go_on(request: HttpRequest, provider: Provider) -> bool:
    """Make this request the one that waited, if one did: it was posted, and is taken once.

    Without an answer of the provider it is only checked and shown again, never saved.
    """
    form = waiting_forms.take(request) if request.method == "GET" else None
    if form is None:
        return False
    fields = form.fields().copy()
    if form.why_not:
        messages.error(request, NO_ANSWER.format(provider=provider.name, reason=form.why_not))
        fields[BUTTON] = "yes"
    _ = request.FILES  # before Django could look for them in a body, which a GET does not have
    request.method, request.POST = "POST", fields  # type: ignore[assignment]
    return True
