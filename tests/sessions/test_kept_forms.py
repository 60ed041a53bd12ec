"""Where forms wait. Who gets them, and who does not: see test_late_forms.py."""

import pytest
from django.core.cache import caches
from django.http import QueryDict
from django.test import RequestFactory

from sessions.kept_forms import Shelf, fields_of, go_on_with
from sessions.models import User
from sessions.session_request import SignedInRequest

SHELF = Shelf("mark")
OF_ONE = Shelf("only", is_for_one=True)
FIELDS = {"a": ["1", "é&=%"], "b": [""]}


@pytest.fixture
def posted(alice: User) -> SignedInRequest:
    request = RequestFactory().post("/a/?q=1", FIELDS)
    request.user = alice
    request.META["CSRF_COOKIE"] = "c" * 32
    return request  # type: ignore[return-value]


def test_the_fields_come_back_as_they_were_posted(posted: SignedInRequest) -> None:
    assert dict(fields_of(SHELF.keep(posted)).lists()) == FIELDS


def test_the_address_keeps_its_query(posted: SignedInRequest) -> None:
    assert SHELF.keep(posted).address.startswith("/a/?q=1&mark=")


def test_several_forms_wait_beside_each_other(posted: SignedInRequest) -> None:
    first, second = SHELF.keep(posted), SHELF.keep(posted)
    assert SHELF.find(posted, first.address) == first
    assert SHELF.find(posted, second.address) == second


def test_on_a_shelf_for_one_the_second_takes_the_place_of_the_first(
    posted: SignedInRequest,
) -> None:
    first, second = OF_ONE.keep(posted), OF_ONE.keep(posted)
    assert OF_ONE.find(posted, first.address) is None
    assert OF_ONE.find(posted, second.address) == second


def test_somebody_else_does_not_take_that_place(posted: SignedInRequest, bob: User) -> None:
    first, alice = OF_ONE.keep(posted), posted.user
    posted.user = bob
    OF_ONE.keep(posted)
    posted.user = alice
    assert OF_ONE.find(posted, first.address) == first


def test_what_is_noted_later_is_found_with_the_form(posted: SignedInRequest) -> None:
    form = SHELF.keep(posted, "asked")
    SHELF.note(posted, form, "answered")
    found = SHELF.find(posted, form.address)
    assert found
    assert found.about == "answered"
    assert fields_of(found) == fields_of(form)


def test_a_form_is_no_more_found_when_it_is_gone(posted: SignedInRequest) -> None:
    form = SHELF.keep(posted)
    caches["forms"].clear()
    assert SHELF.find(posted, form.address) is None


def test_a_request_becomes_the_one_that_was_posted(posted: SignedInRequest) -> None:
    back = RequestFactory().get("/a/")
    go_on_with(back, fields_of(SHELF.keep(posted)))
    assert back.method == "POST"
    assert dict(back.POST.lists()) == FIELDS
    assert isinstance(back.POST, QueryDict)
    assert not back.FILES


@pytest.mark.parametrize(
    ("address", "without"),
    [
        ("/a/?mark=x", "/a/"),
        ("/a/?q=1&mark=x", "/a/?q=1"),
        ("/a/?mark=x&q=a+b%26", "/a/?q=a+b%26"),
        ("/a/?q=mark=x", "/a/?q=mark=x"),
        ("/a/?marks=1", "/a/?marks=1"),
        ("/a/", "/a/"),
    ],
)
def test_the_mark_is_taken_off_an_address(address: str, without: str) -> None:
    assert SHELF.unmarked(address) == without
