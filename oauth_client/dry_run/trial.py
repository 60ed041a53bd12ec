"""What a sign-in would have come to whose last step is left out: nothing is made or changed."""

from django.http import HttpRequest
from django.urls import reverse

import accounts
from oauth_client.access_rules.decision import Decision, Policy, in_plain_words
from oauth_client.arrival import Arrival
from oauth_client.diagnosis import Diagnosis
from oauth_client.dry_run.result import Outcome, Result, keep
from oauth_client.errors import AccountError, SignInError
from oauth_client.models import Provider
from oauth_client.trace import recorder_now

ANYONE = "Anyone may sign in through this provider."
KNOWN = "People who are known here already may sign in, and this one is."
PAGE = "admin:oauth_client_provider_tried"


def arrived(provider: Provider, user: str, arrival: Arrival) -> str:
    """Keep what it would have come to; returns the page that shows it to the admin, by `sub`."""
    result = Result.of(recorder_now(), outcome=_outcome(provider, arrival))
    return reverse(PAGE, args=[provider.pk, keep(user, result)])


def failed(
    request: HttpRequest, provider: Provider, error: SignInError, diagnosis: Diagnosis
) -> str:
    """Keep where it failed; returns the page that shows it."""
    rule = error.rule if isinstance(error, AccountError) else ""
    result = Result.of(recorder_now(), diagnosis=diagnosis, rule=rule)
    return reverse(PAGE, args=[provider.pk, keep(str(request.user.pk), result)])


def _outcome(provider: Provider, arrival: Arrival) -> Outcome:
    preview = accounts.preview(arrival.identity, arrival.account, arrival.groups)
    return Outcome(
        profile=vars(arrival.identity),
        person=preview.user.display_name,
        is_new=preview.is_new,
        obstacle=preview.obstacle,
        rule=_in_words(provider, arrival.judgement.decision),
        groups=arrival.groups,
        claims=preview.claims,
    )


def _in_words(provider: Provider, decision: Decision) -> str:
    """Say what lets this person in."""
    if decision.rule is not None:
        return f"A rule lets in {in_plain_words([decision.rule])}."
    return KNOWN if provider.who_may_sign_in == Policy.KNOWN else ANYONE
