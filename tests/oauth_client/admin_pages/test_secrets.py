"""Secrets go in and never come out, one follows another, and one that expires is seen in time."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from providers.models import Provider
from tests.fakes import add_provider
from tests.oauth_client.admin_pages.forms import ADD, APPLE, FORM, LIST, change

pytestmark = pytest.mark.django_db
KEEP = FORM | {"client_secret": ""}


def with_next_secret() -> Provider:
    provider = add_provider()
    provider.next_client_secret = "the-next-secret"
    provider.save()
    return provider


def stored() -> tuple[str, str]:
    provider = Provider.objects.get()
    return provider.client_secret, provider.next_client_secret


def test_white_space_around_a_pasted_secret_is_removed(admin: Client) -> None:
    admin.post(ADD, FORM | {"client_secret": "\ufeff a-secret\u200b\r\n", "client_id": "\u200bid "})
    provider = Provider.objects.get()
    assert (provider.client_secret, provider.client_id) == ("a-secret", "id")


@pytest.mark.parametrize("name", ["client_secret", "next_client_secret", "client_id"])
@pytest.mark.parametrize("value", ["a\tb", "a\u00a0b", "caf\u00e9"], ids=ascii)
def test_a_value_with_what_none_has_inside_is_refused(admin: Client, name: str, value: str) -> None:
    page = admin.post(change(add_provider()), KEEP | {name: value}).content.decode()
    assert "Copy it again" in page
    assert stored() == ("the client secret", "")


AGAIN = "Paste this again"


def test_a_secret_that_was_typed_is_asked_for_again_when_something_else_is_wrong(
    admin: Client,
) -> None:
    wrong = FORM | {"slug": "No slug!", "next_client_secret": ""}
    page = admin.post(ADD, wrong).content.decode()
    assert page.count(AGAIN) == 1
    assert AGAIN not in admin.post(ADD, wrong | {"client_secret": ""}).content.decode()


def test_a_new_secret_is_asked_for_again_when_a_rule_is_wrong(admin: Client) -> None:
    rule = {"access_rules-TOTAL_FORMS": "1", "access_rules-0-kind": "email"}
    wrong = FORM | rule | {"access_rules-0-value": "nobody", "access_rules-0-position": "0"}
    page = admin.post(change(add_provider()), wrong).content.decode()
    assert "Enter one email address." in page
    assert page.count(AGAIN) == 1


def test_a_private_key_that_was_typed_is_asked_for_again(admin: Client) -> None:
    page = admin.post(ADD, FORM | APPLE | {"slug": "No slug!"}).content.decode()
    assert page.count(AGAIN) == 1


def test_a_space_inside_a_secret_is_kept_and_pointed_out(admin: Client) -> None:
    response = admin.post(ADD, FORM, follow=True)
    assert "The client secret contains a space." in response.content.decode()
    assert stored() == ("the client secret", "")


def test_nothing_is_pointed_out_when_no_secret_was_entered(admin: Client) -> None:
    response = admin.post(change(add_provider()), KEEP, follow=True)
    assert "The client secret contains a space." not in response.content.decode()


def test_the_next_secret_is_entered_beside_the_current_one(admin: Client) -> None:
    admin.post(change(add_provider()), KEEP | {"next_client_secret": " the-next-secret "})
    assert stored() == ("the client secret", "the-next-secret")


def test_an_empty_field_keeps_the_next_secret(admin: Client) -> None:
    provider = with_next_secret()
    assert "Leave empty to keep the stored one." in admin.get(change(provider)).content.decode()
    admin.post(change(provider), KEEP)
    assert stored() == ("the client secret", "the-next-secret")


def test_the_next_secret_can_be_forgotten(admin: Client) -> None:
    provider = with_next_secret()
    assert 'name="forget_next"' in admin.get(change(provider)).content.decode()
    admin.post(change(provider), KEEP | {"forget_next": "on"})
    assert stored() == ("the client secret", "")
    assert 'name="forget_next"' not in admin.get(change(provider)).content.decode()


def test_the_next_secret_does_not_go_to_a_new_address(admin: Client) -> None:
    form = FORM | {"base_url": "https://new.example", "client_secret": "a-new-secret"}
    admin.post(change(with_next_secret()), form)
    assert stored() == ("a-new-secret", "")


def test_a_next_secret_that_is_entered_for_the_new_address_is_kept(admin: Client) -> None:
    form = FORM | {"base_url": "https://new.example", "client_secret": "a-new-secret"}
    admin.post(change(with_next_secret()), form | {"next_client_secret": "its-next"})
    assert stored() == ("a-new-secret", "its-next")


def test_a_next_secret_alone_does_not_open_a_new_address(admin: Client) -> None:
    form = KEEP | {"base_url": "https://mallory.example", "next_client_secret": "x"}
    page = admin.post(change(with_next_secret()), form).content.decode()
    assert "Enter the secret again for the new address." in page
    assert stored() == ("the client secret", "the-next-secret")


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [(29, "warning", "Expires in 29 days"), (-2, "error", "Expired 2 days ago")],
)
def test_a_secret_that_expires_is_seen_in_the_list_and_on_its_page(
    admin: Client, days: int, state: str, words: str
) -> None:
    last_day = timezone.localdate() + timedelta(days)
    provider = add_provider(secret_expires_on=last_day)
    assert f'<span class="expiry {state}">{words}</span>' in admin.get(LIST).content.decode()
    page = admin.get(change(provider)).content.decode()
    assert (
        f'<p class="panel {state}"><strong>The client secret {words.lower()}.</strong> Create'
        in page
    )


def test_the_page_says_that_the_next_one_will_take_over(admin: Client) -> None:
    provider = with_next_secret()
    Provider.objects.update(secret_expires_on=timezone.localdate())
    page = admin.get(change(provider)).content.decode()
    assert "The client secret expires today.</strong> The next secret is stored" in page


def test_a_secret_that_lasts_is_listed_with_its_last_day(admin: Client) -> None:
    provider = add_provider()
    admin.post(change(provider), KEEP | {"secret_expires_on": "2999-03-01"})
    page = admin.get(LIST).content.decode()
    assert '<td class="field-secret">Expires on 1 Mar 2999</td>' in page
    assert 'class="panel' not in admin.get(change(provider)).content.decode().replace(
        'class="panel warning address-warning"', ""
    )


def test_a_secret_without_a_last_day_has_nothing_to_say(admin: Client) -> None:
    add_provider()
    assert '<td class="field-secret">-</td>' in admin.get(LIST).content.decode()
