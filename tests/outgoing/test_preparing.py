import pytest
import requests

from outgoing.preparing import PreparedRequest

ADDRESSES = [
    "https://op.example/token",
    "http://127.0.0.1:8000/op/token",
    "https://op.example:443/a/b-c_d.e",
    "https://op.example:0080/a",
    "https://OP.example/A",
    "https://op.example",
    "https://op.example/",
    "https://op.example/a/../b",
    "https://op.example/.well-known/openid-configuration",
    "https://op.example/a?b=c d",
    "https://op.example/a b",
    "https://op.example/a\n",
    "https://op.example/\xe9",
    "https://\xe9.example/a",
    "https://[::1]/a",
    "https://user:s3cret@op.example/a",
]


@pytest.mark.parametrize("params", [None, {"a": "b c"}], ids=["bare", "with parameters"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_prepares_an_address_as_requests_does(address: str, params: dict[str, str] | None) -> None:
    ours, theirs = PreparedRequest(), requests.PreparedRequest()
    for request in (ours, theirs):
        request.prepare("GET", address, {"X": "y"}, params=params)
    assert (ours.url, ours.method, ours.headers) == (theirs.url, theirs.method, theirs.headers)


@pytest.mark.parametrize(
    "address", ["https://.example/a", "https://op.example:65536/a", "https://"]
)
def test_refuses_an_address_that_requests_refuses(address: str) -> None:
    with pytest.raises(requests.exceptions.InvalidURL):
        PreparedRequest().prepare("GET", address, {})


@pytest.mark.parametrize("method", ["GET", "POST", "post", "HEAD"])
@pytest.mark.parametrize(
    "data",
    [
        {"code": "a-b_c.d~e", "scope": "openid email", "redirect_uri": "https://a/b?c=d&e#f"},
        {"\xe9 &": "\u20ac+%\n", "empty": ""},
        {"none": None, "many": ["a", "b"]},
        {},
        None,
        "a=b",
    ],
)
def test_prepares_a_body_as_requests_does(data: object, method: str) -> None:
    ours, theirs = PreparedRequest(), requests.PreparedRequest()
    for request in (ours, theirs):
        request.prepare(method, "https://op.example/token", {"X": "y"}, data=data)
    assert (ours.method, ours.body, ours.headers) == (theirs.method, theirs.body, theirs.headers)


@pytest.mark.parametrize("url", ["https://op.example/a", "https://op.example/a?b=c"])
@pytest.mark.parametrize("fields", [{"X": "y\r\nZ: z"}, {"X": "y\n"}, {"X": " y"}, {"X:": "y"}])
def test_refuses_a_header_that_requests_refuses(url: str, fields: dict[str, str]) -> None:
    with pytest.raises(requests.exceptions.InvalidHeader):
        PreparedRequest().prepare("GET", url, fields)


@pytest.mark.parametrize("value", ["", "y", b"y", "\xe9", "a b", "a\tb", "a "])
def test_prepares_a_header_as_requests_does(value: str | bytes) -> None:
    ours, theirs = PreparedRequest(), requests.PreparedRequest()
    for request in (ours, theirs):
        request.prepare("GET", "https://op.example/a", {"X": value, "y": "z"})
    assert [*ours.headers.items()] == [*theirs.headers.items()]


def test_keeps_the_type_that_a_caller_names() -> None:
    request = PreparedRequest()
    request.prepare("POST", "https://a.example/b", {"content-type": "x/y"}, data={"a": "b"})
    assert request.headers["Content-Type"] == "x/y"
