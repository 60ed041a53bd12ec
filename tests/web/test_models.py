"""The row that says whose site it is, and how a process learns of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from tests.web.pictures import png
from web import background, whose_site
from web.models import Site, clean_accent, clean_support, read, site_row
from web.whose_site import DEFAULT, Look

pytestmark = pytest.mark.django_db


def test_there_is_one_row() -> None:
    for name in ("Acme", "Acme & Sons"):
        row = site_row()
        row.name = name
        row.save()
    assert list(Site.objects.values_list("pk", "name")) == [(1, "Acme & Sons")]


def test_a_process_reads_what_is_stored() -> None:
    site = Site(name="Acme", accent="#0050b3", support="mailto:help@acme.example")
    site.terms, site.privacy = "https://acme.example/terms", "https://acme.example/privacy"
    site.set_logo(png(64, 32))
    site.save()
    read()
    assert whose_site.current() == Look(
        "Acme",
        accent="#0050b3",
        support="mailto:help@acme.example",
        terms="https://acme.example/terms",
        privacy="https://acme.example/privacy",
        logo=site.logo_name,
        mark_width=64,
    )
    logo = whose_site.logo()
    assert logo
    assert logo.body == png(64, 32)


def test_without_a_row_or_a_name_it_is_signet() -> None:
    Site(accent="#0050b3").save()
    read()
    assert whose_site.current() == Look("Signet", accent="#0050b3")
    Site.objects.all().delete()
    read()
    assert whose_site.current() == DEFAULT.look


def test_the_background_thread_reads_it() -> None:
    assert read in background.readings


def test_this_process_knows_as_soon_as_it_is_stored(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        Site(name="Acme").save()
    assert whose_site.current().name == "Acme"


def test_reading_costs_one_query_and_a_second_for_a_new_logo(
    django_assert_num_queries: Any,
) -> None:
    site = Site(name="Acme")
    site.set_logo(png())
    site.save()
    for number in (2, 1):
        with django_assert_num_queries(number):
            read()
    site.set_logo(b"")
    site.save()
    with django_assert_num_queries(1):
        read()
    assert whose_site.logo() is None


def test_a_logo_that_is_gone_by_now_is_none() -> None:
    Site(logo_name="logo.0123456789ab.png").save()
    read()
    assert whose_site.logo() is None


@contextmanager
def meanwhile(step: Callable[[], object]) -> Iterator[None]:
    """Have something done between the first query and what comes of it, as by another thread."""
    left = [step]

    def run(execute: Any, *arguments: Any) -> Any:
        answer = execute(*arguments)
        if left:
            left.pop()()
        return answer

    with connection.execute_wrapper(run):
        yield


def test_a_slow_reading_puts_back_no_older_look() -> None:
    Site(name="Acme").save()

    def rename() -> None:
        Site.objects.update(name="Acme & Sons")
        read()

    with meanwhile(rename):
        read()
    assert whose_site.current().name == "Acme & Sons"


def test_a_logo_that_was_away_while_it_was_read_is_shown_when_it_is_back() -> None:
    site = Site(name="Acme")
    site.set_logo(png())
    site.save()
    with meanwhile(lambda: Site.objects.update(logo_name="")):
        read()
    assert whose_site.logo() is None
    site.save()
    read()
    logo = whose_site.logo()
    assert logo
    assert logo.body == png()


def test_a_wide_logo_gets_its_width() -> None:
    site = Site()
    site.set_logo(png(200, 100))
    assert site.mark_width == 64
    site.set_logo(b"")
    assert (site.logo_name, site.mark_width) == ("", 32)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"text", "This is not a PNG, JPEG, WebP or plain SVG image, or it is damaged."),
        (png(1, 1), "Each side of the picture must be 16 to 2048 pixels"),
        (png() + bytes(49_152), "The picture is larger than 48 KiB."),
    ],
)
def test_a_bad_logo_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Site().set_logo(data)


@pytest.mark.parametrize(("value", "expected"), [("#0050B3", "#0050b3"), (" #0d5c4d ", "#0d5c4d")])
def test_a_colour_that_can_be_read_is_taken(value: str, expected: str) -> None:
    assert clean_accent(value) == expected


@pytest.mark.parametrize("value", ["blue", "#05b", "0050b3", "#0050bg", "#0050b3;}", "#0050b300"])
def test_anything_but_a_colour_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="Enter a colour such as #0d5c4d"):
        clean_accent(value)


def test_a_colour_that_cannot_be_read_is_refused_with_the_nearest_that_can() -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_accent("#ffcc00")
    (sentence,) = refusal.value.messages
    assert sentence == (
        "#ffcc00 is too light: on the pages its contrast is 1.3:1, and text needs 4.5:1. The"
        f" nearest colour that can be read is {sentence[-8:-1]}."
    )
    assert clean_accent(sentence[-8:-1]) == sentence[-8:-1]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("help@acme.example", "mailto:help@acme.example"),
        ("MAILTO:help@acme.example", "mailto:help@acme.example"),
        ("https://acme.example/help", "https://acme.example/help"),
        (" https://acme.example ", "https://acme.example"),
    ],
)
def test_help_is_an_address_of_mail_or_of_a_page(value: str, expected: str) -> None:
    assert clean_support(value) == expected


HOSTILE = (
    "http://acme.example",
    "javascript:alert(1)",
    "https:javascript",
    "mailto:help",
    "mailto:a@acme.example?body=x",
    "//acme.example",
    "data:text/html,x",
    "https://",
)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["support", "terms", "privacy"])
def test_no_other_address_becomes_a_link(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Site(**{field: value}).full_clean()
    assert list(refusal.value.message_dict) == [field]
    assert "https://" in refusal.value.messages[0]


def test_the_name_is_one_line_that_can_be_seen() -> None:
    site = Site(name="  Acme\u202e \n Robotics\u200b")
    site.full_clean()
    assert site.name == str(site) == "Acme Robotics"


def test_every_bad_field_is_named() -> None:
    with pytest.raises(ValidationError) as refusal:
        Site(name="x" * 51, accent="blue", support="x", terms="x", privacy="x").full_clean()
    assert set(refusal.value.message_dict) == {"name", "accent", "support", "terms", "privacy"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "\u0958" * 50), ("support", "a" * 240 + "@example.com")],
)
def test_what_becomes_too_long_when_it_is_put_in_order_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Site(**{field: value}).full_clean()
    assert "This is too long" in str(refused.value.message_dict[field])
