"""Where forms wait. Who gets them, and who does not: see test_late_forms.py."""

import pytest
from django.core.cache import caches
from django.http import QueryDict
from django.test import RequestFactory

from sessions.kept_forms import KeptForm, Shelf, SmallShelf, fields_of, go_on_with
from sessions.models import User
from sessions.session_request import SignedInRequest

SHELF = Shelf("mark")
SMALL = SmallShelf("small", per_person=4, per_browser=2)
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


def kept_in(request: SignedInRequest, *browser: str) -> KeptForm:
    form = SMALL.keep_in(request, browser)
    assert form
    return form


def test_on_a_small_shelf_the_oldest_form_of_a_browser_makes_room(posted: SignedInRequest) -> None:
    first = kept_in(posted, "one")
    second = kept_in(posted, "two", "one")
    third = kept_in(posted, "three", "two", "one")
    browser = ("three", "two", "one")
    assert SMALL.find(posted, first.address, browser) is None
    assert SMALL.find(posted, second.address, browser) == second
    assert SMALL.find(posted, third.address, browser) == third


def test_the_forms_of_other_browsers_make_no_room(posted: SignedInRequest) -> None:
    first = kept_in(posted, "owner")
    others = [SMALL.keep_in(posted, (f"thief {number}",)) for number in range(6)]
    assert SMALL.find(posted, first.address, ("owner",)) == first
    assert [form is None for form in others] == [False] * 3 + [True] * 3


def test_where_other_browsers_have_taken_the_room_the_own_form_makes_it(
    posted: SignedInRequest,
) -> None:
    first = kept_in(posted, "owner")
    for number in range(3):
        kept_in(posted, f"thief {number}")
    second = kept_in(posted, "next", "owner")
    assert SMALL.find(posted, first.address, ("next", "owner")) is None
    assert SMALL.find(posted, second.address, ("next", "owner")) == second


def test_on_a_small_shelf_everybody_has_their_own_room(posted: SignedInRequest, bob: User) -> None:
    first, alice = kept_in(posted, "hers"), posted.user
    posted.user = bob
    for number in range(6):
        SMALL.keep_in(posted, (f"his {number}",))
    posted.user = alice
    assert SMALL.find(posted, first.address, ("hers",)) == first


def test_a_form_is_found_with_its_own_secret_only(posted: SignedInRequest) -> None:
    form = kept_in(posted, "hers")
    assert SMALL.find(posted, form.address, ()) is None
    assert SMALL.find(posted, form.address, ("", "his")) is None


def test_what_is_noted_later_is_found_with_the_form(posted: SignedInRequest) -> None:
    form = SHELF.keep(posted, "asked")
    SHELF.note(form, "answered")
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
