"""A form about who may sign in waits here while its admin asks the provider about themselves.

The lock-out guard cannot know the admin's organisations before the first rule about them. So the
admin is sent to the provider, as in a dry run, and comes back to the form, which goes on by itself.
"""

from dataclasses import dataclass, replace

from django.http import HttpRequest

from access_rules.decision import Rule
from oauth_client.arrival import Arrival
from sessions.kept_forms import KeptForm, Shelf

ASKING = Shelf("answered")
ANOTHER_ACCOUNT = "another_account"  # was chosen than one that is connected to the admin


@dataclass(frozen=True)
class Question:
    """The rules in the form, and why the provider gave no answer: a diagnosis, in no language."""

    rules: tuple[Rule, ...]
    why_not: str = ""  # or `ANOTHER_ACCOUNT`


def answer(request: HttpRequest, form: KeptForm, arrival: Arrival) -> str:
    """Keep what the provider has said about the admin; return the address of the form."""
    account = arrival.account
    if account is None or account.user_id != request.user.pk:
        return leave(form, ANOTHER_ACCOUNT)
    arrival.judgement.keep(arrival.identity, account, arrival.token)
    return form.address


def leave(form: KeptForm, why_not: str) -> str:
    """Note why the provider gave no answer; return the address of the form."""
    ASKING.note(form, replace(form.about, why_not=why_not))
    return form.address
