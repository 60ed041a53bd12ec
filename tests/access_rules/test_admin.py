"""Rules on the page of their provider, and in a list of their own."""

import pytest
from django.test import Client

from access_rules.models import AccessRule
from audit.models import AuditEvent
from providers.models import Provider
from sessions.models import User
from tests.fakes import hold, session_token
from tests.oauth_client.admin_pages.forms import ADD, FORM, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client, alice: User) -> Client:
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice))
    return client


def with_rules(*groups: str) -> dict[str, str]:
    """Return the form of a provider with a rule for each of these grants."""
    form = FORM | {"access_rules-TOTAL_FORMS": str(len(groups))}
    for number, granted in enumerate(groups):
        row = {"kind": "email", "value": f"p{number}@example.com", "groups": granted}
        form |= {f"access_rules-{number}-{name}": value for name, value in row.items()}
        form[f"access_rules-{number}-position"] = str(number)
    return form


def test_an_admin_adds_rules_with_their_provider(admin: Client) -> None:
    admin.post(ADD, with_rules("staff", "editors"))
    assert [rule.groups for rule in AccessRule.objects.all()] == ["staff", "editors"]
    assert "staff" in admin.get("/admin/access_rules/accessrule/").content.decode()


def test_rules_that_together_grant_too_much_are_not_saved(admin: Client) -> None:
    many = [" ".join(letter * 50 + str(n) for n in range(9)) for letter in "gh"]
    page = admin.post(ADD, with_rules(*many)).content.decode()
    assert "session cookie has room for" in page
    assert not Provider.objects.exists()


def test_a_rule_that_means_nothing_is_an_error_on_the_form(admin: Client) -> None:
    form = with_rules("staff") | {"access_rules-0-value": "alice"}
    assert "Enter one email address." in admin.post(ADD, form).content.decode()


def test_the_audit_log_tells_of_each_rule_what_became_of_it(admin: Client) -> None:
    admin.post(ADD, with_rules("staff", "editors"))
    provider = Provider.objects.get()
    first, second = AccessRule.objects.all()
    form = with_rules("staff", "chiefs") | {"access_rules-INITIAL_FORMS": "2"}
    form |= {
        "access_rules-0-id": str(first.pk),
        "access_rules-0-DELETE": "on",
        "access_rules-1-id": str(second.pk),
    }
    admin.post(change(provider), form)
    events = AuditEvent.objects.filter(target_type="access rule").order_by("pk")
    assert [event.action for event in events] == ["added", "added", "removed", "changed"]
    assert (events[2].before["groups"], events[3].after) == ("staff", {"groups": "chiefs"})
