from typing import Any

import pytest

from protocol.jws.strict_json import MalformedError, json_object

REFUSED = {
    "nothing": (b"", "not JSON"),
    "white space": (b"  ", "not JSON"),
    "text after the object": (b"{} {}", "not JSON"),
    "a trailing comma": (b'{"a":1,}', "not JSON"),
    "single quotes": (b"{'a':1}", "not JSON"),
    "a comment": (b"{}//", "not JSON"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "not JSON"),
    "UTF-16": ("{}".encode("utf-16"), "not JSON"),
    "broken UTF-8": (b'{"a":"\xff"}', "not JSON"),
    "a control character in a text": (b'{"a":"\x00"}', "not JSON"),
    "a duplicate name": (b'{"a":1,"a":1}', "occurs twice"),
    "a duplicate name, escaped": (b'{"a":1,"\\u0061":1}', "occurs twice"),
    "a duplicate name deep inside": (b'{"a":[{"b":1,"b":2}]}', "occurs twice"),
    "NaN": (b'{"a":NaN}', "out of range"),
    "Infinity": (b'{"a":Infinity}', "out of range"),
    "minus Infinity": (b'{"a":-Infinity}', "out of range"),
    "an integer of 101 digits": (b'{"a":' + b"1" * 101 + b"}", "too many digits"),
    "an integer of a million digits": (b'{"a":' + b"1" * 10**6 + b"}", "too many digits"),
    "a float out of range": (b'{"a":1e999}', "out of range"),
    "a float out of range below zero": (b'{"a":-1e999}', "out of range"),
    "objects 33 deep": (b'{"a":' * 33 + b"1" + b"}" * 33, "too deeply"),
    "lists 10⁵ deep": (b"[" * 100_000 + b"]" * 100_000, "too deeply"),
    "lists 10⁵ deep in an object": (b'{"a":' + b"[" * 10**5 + b"]" * 10**5 + b"}", "too deeply"),
    "a list": (b"[]", "not an object"),
    "null": (b"null", "not an object"),
    "a text": (b'"a"', "not an object"),
    "a number": (b"7", "not an object"),
}


@pytest.mark.parametrize(("raw", "why"), REFUSED.values(), ids=REFUSED)
def test_refuses(raw: bytes, why: str) -> None:
    with pytest.raises(MalformedError, match=why):
        json_object(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b' {"a": 1} ', {"a": 1}),
        (b'{"a":1,"b":{"a":1}}', {"a": 1, "b": {"a": 1}}),
        (b'{"a":"\\u00e9\xc3\xa9"}', {"a": "\u00e9\u00e9"}),
        (b'{"a":' + b"1" * 100 + b"}", {"a": int("1" * 100)}),
        (b'{"a":[true,null,-0.5,"x"]}', {"a": [True, None, -0.5, "x"]}),
    ],
)
def test_reads(raw: bytes, value: dict[str, Any]) -> None:
    assert json_object(raw) == value


def test_reads_objects_32_deep() -> None:
    raw = b'{"a":' * 32 + b"1" + b"}" * 32
    assert isinstance(json_object(raw)["a"], dict)
