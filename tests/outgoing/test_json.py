import pytest
import requests

from outgoing import json_object, json_value
from protocol.errors import ErrorCode, OutgoingError


def answer(body: bytes) -> requests.Response:
    response = requests.Response()
    response._content = body
    return response


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (
            b' {"sub": "1", "n": [1, -2.5e3, true, null]} ',
            {"sub": "1", "n": [1, -2500.0, True, None]},
        ),
        ('{"name": "Zoë"}'.encode(), {"name": "Zoë"}),
        (rb'{"s": "\ud800"}', {"s": "\ud800"}),
        (rb'{"s": "a\u0000b"}', {"s": "a\x00b"}),
        (rb'{"s": "[[{\"\\"}', {"s": '[[{"\\'}),
        (b'{"s": "' + b"[" * 100 + b'"}', {"s": "[" * 100}),
        (b'{"n": ' + b"9" * 100 + b"}", {"n": int("9" * 100)}),
        (b'{"a": {"x": 1}, "b": {"x": 2}}', {"a": {"x": 1}, "b": {"x": 2}}),
    ],
)
def test_reads_an_object(body: bytes, value: object) -> None:
    assert json_object(answer(body)) == value


def test_reads_as_many_levels_as_it_says() -> None:
    assert json_object(answer(b'{"a":' + b"[" * 31 + b"]" * 31 + b"}"))


@pytest.mark.parametrize("body", [b"[]", b"[{}]", b'"text"', b"1", b"null"])
def test_tells_an_object_from_other_values(body: bytes) -> None:
    json_value(answer(body))
    with pytest.raises(OutgoingError) as refused:
        json_object(answer(body))
    assert refused.value.code == ErrorCode.RESPONSE_NOT_JSON


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b'{"a": 1} {}',
        b"{'a': 1}",
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1, "a": 2}',
        b'{"o": {"a": 1, "\\u0061": 2}}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 101 + b"}",
        b'{"a": 0.' + b"9" * 101 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 32 + b"]" * 32 + b"}",
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"[" * 500_000,
        b'{"a":' * 100_000,
        b'"' + b'\\"' * 500_000,
        b'["' + b"\\" * 100_001,
        b'{"a": "\x01"}',
    ],
    ids=range(24),
)
@pytest.mark.usefixtures("quick")
def test_refuses_what_is_not_strict_json(body: bytes) -> None:
    with pytest.raises(OutgoingError) as refused:
        json_value(answer(body))
    assert refused.value.code == ErrorCode.RESPONSE_NOT_JSON


def test_leaves_out_a_byte_order_mark() -> None:
    """RFC 8259 §8.1."""
    assert json_value(answer(b'\xef\xbb\xbf{"a": 1}')) == {"a": 1}


def test_keeps_the_document_out_of_the_error() -> None:
    with pytest.raises(OutgoingError) as refused:
        json_object(answer(b'{"access_token": "s3cret"'))
    assert "s3cret" not in str(refused.value)
    assert refused.value.__context__ is None
