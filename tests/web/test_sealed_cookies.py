import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from web.sealed_cookies import SealedCookie

SEALED = SealedCookie("tests", b"usual")


@pytest.mark.parametrize("texts", [("",), ("usual", "", "unusual"), ("Bücher" * 9, "usual")])
@pytest.mark.parametrize("context", ["", "a state"])
def test_texts_come_out_as_they_went_in(texts: tuple[str, ...], context: str) -> None:
    response = HttpResponse()
    SEALED.set(response, "sealed-1", *texts, max_age=60, context=context)
    cookie = f"sealed-0=planted; sealed-1={response.cookies['sealed-1'].value}"
    request = RequestFactory().get("/", headers={"cookie": cookie})
    assert list(SEALED.texts_in(request, "sealed-", context)) == [list(texts)]
    assert not list(SealedCookie("others", b"usual").texts_in(request, "sealed-", context))
    assert not list(SEALED.texts_in(request, "sealed-", "another"))
