import re
from typing import Any

import pytest

from protocol import limits
from protocol.absent_values import (
    DISCOVERY,
    ID_TOKEN,
    ID_TOKEN_HEADER,
    IF_ADDRESS,
    IF_ERROR,
    IF_SECONDS,
    IF_TEXT,
    IF_TRUE,
    KEY,
    MUST_BE_RIGHT,
    NOT_EMPTY,
    NOT_NULL,
    TOKEN_RESPONSE,
    USERINFO,
    Meaning,
    Message,
    told,
)
from tests.pages import ROOT, table

PAGE = (ROOT / "docs" / "what-providers-may-send.md").read_text()
MESSAGES: dict[str, Message] = {
    # `flow.authorization_response` reads it without this table.
    "Authorization response": {"state": MUST_BE_RIGHT}
    | dict.fromkeys(("code", "iss", "error"), NOT_EMPTY),
    "Token response": TOKEN_RESPONSE,
    "Header of the ID token": ID_TOKEN_HEADER,
    "ID token": ID_TOKEN,
    "Userinfo": USERINFO,
    "Discovery document": DISCOVERY,
    "Key": KEY,
}
TYPES = {
    IF_TEXT: "text",
    IF_ADDRESS: "https address",
    IF_SECONDS: "seconds over 0",
    IF_TRUE: "true",
}
COLUMNS = {MUST_BE_RIGHT: 0, NOT_NULL: 1, NOT_EMPTY: 2, IF_ERROR: 2} | dict.fromkeys(TYPES, 3)
EMPTY: list[Any] = ["", 0, False, [], {}]


@pytest.mark.parametrize(
    ("meaning", "absent", "kept"),
    [
        (MUST_BE_RIGHT, [], [None, *EMPTY, "a"]),
        (NOT_NULL, [None], [*EMPTY, "a"]),
        (NOT_EMPTY, [None, *EMPTY], ["a", 5, ["a"]]),
        (IF_TEXT, [None, *EMPTY, 5, ["a"]], ["a"]),
        (IF_TRUE, [None, *EMPTY, 1, "true", [True]], [True]),
        (IF_ERROR, [None, *EMPTY, "0"], ["a", 5, {"code": 1}]),
        (IF_SECONDS, [None, *EMPTY, True, -1, "soon"], [60]),
    ],
    ids=["must be right", "not null", "not empty", "text", "true", "error", "seconds"],
)
def test_each_meaning_knows_what_is_absent(
    meaning: Meaning, absent: list[Any], kept: list[Any]
) -> None:
    for value in absent:
        assert told({"member": meaning}, {"member": value}) == {}
    for value in kept:
        assert told({"member": meaning}, {"member": value}) == {"member": value}


def test_a_member_that_is_not_listed_is_left_as_it_is() -> None:
    assert told(ID_TOKEN, {"groups": None, "hd": ""}) == {"groups": None, "hd": ""}


@pytest.mark.parametrize("title", MESSAGES)
def test_the_page_says_how_each_member_is_read(title: str) -> None:
    (row,) = [cells[1:] for cells in table(PAGE, "message") if cells[0] == title]
    assert [name for cell in row for name in re.findall(r"`(\w+)`", cell)] == sorted(
        MESSAGES[title], key=lambda name: COLUMNS[MESSAGES[title][name]]
    )
    for name, reading in MESSAGES[title].items():
        assert f"`{name}`" in row[COLUMNS[reading]]
    of_a_type = dict(re.findall(r"`(\w+)`: ([^;]+)", row[3]))
    assert of_a_type == {
        name: TYPES[reading] for name, reading in MESSAGES[title].items() if reading in TYPES
    }


@pytest.mark.parametrize("title", MESSAGES)
def test_what_decides_who_it_is_always_has_to_be_right(title: str) -> None:
    decisive = {"state", "access_token", "alg", "iss", "aud", "sub", "exp", "iat", "nonce"}
    told_apart = {
        "Authorization response": {"iss"},
        "Userinfo": {"iss", "aud", "exp"},
        "Key": {"alg"},
    }
    for name in decisive & set(MESSAGES[title]) - told_apart.get(title, set()):
        assert MESSAGES[title][name] is MUST_BE_RIGHT


def test_the_page_has_every_limit() -> None:
    numbers = [value for name, value in vars(limits).items() if name.isupper()]
    assert len(numbers) == 9
    assert not [number for number in numbers if f"{number:,} " not in PAGE]
