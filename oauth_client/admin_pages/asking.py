"""Save rules about the admin's own organisations at once: ask the provider, then go on."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from access_rules.applying import RuledProvider, applying
from access_rules.lock_out import BUTTON
from access_rules.models import AccessRule
from attempts.models import Process
from diagnosis import in_words
from oauth_client.going import by_page
from oauth_client.views import begin
from oauth_client.waiting_forms import ANOTHER_ACCOUNT, ASKING, Question
from providers.models import Provider
from sessions.kept_forms import fields_of, go_on_with
from sessions.session_request import with_session

WHY = gettext_lazy(
    "First, this site asks {provider} about your own account. After that, your form is processed "
    "automatically."
)
NO_ANSWER = gettext_lazy(
    "Nothing was saved, because {provider} could not confirm who you are ({reason})."
)
CHOSE_ANOTHER = gettext_lazy("you chose an account that is not connected to you here")


def ask(request: HttpRequest, provider: Provider, rules: Iterable[AccessRule]) -> HttpResponse:
    """Send the admin to the provider. Meanwhile the form of this request waits."""
    drafted = applying(rules, provider)
    form = ASKING.keep(request, Question(drafted))
    found = RuledProvider(provider, frozenset(rule.kind for rule in drafted))
    token = with_session(request).session_token
    sid = token.sid if token else ""
    begun = begin(request, found, form.address, Process.DRY_RUN, sid)
    return by_page(begun, provider, WHY.format(provider=provider.name))


def go_on(request: HttpRequest, provider: Provider) -> bool:
    """Make this request the one that waited, if one did: it was posted, and is taken once.

    Without an answer of the provider it is only checked and shown again, never saved.
    """
    is_back = request.method == "GET" and ASKING.parameter in request.GET
    form = ASKING.take(request) if is_back else None
    if form is None:
        return False
    fields, why_not = fields_of(form), form.about.why_not
    if why_not:
        reason = CHOSE_ANOTHER if why_not == ANOTHER_ACCOUNT else in_words(why_not)
        messages.error(request, NO_ANSWER.format(provider=provider.name, reason=reason))
        fields[BUTTON] = "yes"
    go_on_with(request, fields)
    return True
