import pytest

from accounts.identity import EmailProblem, ascii_domain, clean_email, read_email


@pytest.mark.parametrize(
    "value",
    [
        "alice@example.com,mallory@example.com",
        "alice@example.com;mallory@example.com",
        "alice@mallory.example@example.com",
        '"alice@mallory.example"@example.com',
        "alice <alice@example.com>",
        "alice@example.com\0",
        "alice@example.com\u00a0",
        "alice@example.com\nmallory@example.com",
        "alice",
        "@example.com",
        "alice@",
        "alice@example",
        "alice@-example.com",
        "alice@[127.0.0.1]",
        "alice\uff20example.com",
        "alice\ufe6bexample.com",
        "\u0430lice@example.com",
        "alice@stra\u00dfe.example",
        "alice@\uff45xample.com",
        "alice@b\u00fccher\u3002example",
        "alice@\u00fc..example",
        "alice@xn--\u00fc.example",
        "a" * 65 + "@example.com",
        "alice@" + "a" * 64 + ".com",
        "alice@" + "a." * 124 + "com",
        "",
        "@",
        "a" * 100_000 + "@example.com",
        None,
        7,
        True,
        {"email": "alice@example.com"},
    ],
    ids=lambda value: repr(value)[:40],
)
def test_is_no_address(value: object) -> None:
    assert clean_email(value) == ""


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("alice@example.com", "alice@example.com"),
        ("Alice@Example.COM", "alice@example.com"),
        ("alice+signet@mail.example.co.uk", "alice+signet@mail.example.co.uk"),
        ("alice@xn--exmple-cua.com", "alice@xn--exmple-cua.com"),
        (" alice@example.com\r\n", "alice@example.com"),
        ("Alice@Ex\u00e4mple.com", "alice@xn--exmple-cua.com"),
        ("alice@exa\u0308mple.com", "alice@xn--exmple-cua.com"),
        ("alice@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "alice@xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_is_an_address(value: str, address: str) -> None:
    assert clean_email(value) == address


TOLD = {
    "an address": (" Alice@Example.com ", ("alice@example.com", None)),
    "a list of one": (["alice@example.com"], ("alice@example.com", None)),
    "one in two forms": (["alice@example.com", "ALICE@example.com "], ("alice@example.com", None)),
    "one beside nothing": (["", None, "alice@example.com"], ("alice@example.com", None)),
    "two": (["alice@example.com", "bob@example.com"], ("", EmailProblem.SEVERAL)),
    "one beside what is none": (["alice@example.com", 7], ("", EmailProblem.SEVERAL)),
    "too many to look at": (["alice@example.com"] * 101, ("", EmailProblem.SEVERAL)),
    "a list in a list": ([["alice@example.com"]], ("", EmailProblem.FORM)),
    "no address": ("alice", ("", EmailProblem.FORM)),
    "an address behind 1000 blanks": (" " * 1000 + "a@b.example", ("", EmailProblem.FORM)),
    "a number": (0, ("", EmailProblem.FORM)),
    "an object": ({}, ("", EmailProblem.FORM)),
    "letters outside ASCII before the @": ("j\u00f6rg@example.com", ("", EmailProblem.FORM)),
    "nothing": (None, ("", None)),
    "an empty text": ("", ("", None)),
    "blanks": (" \t", ("", None)),
    "false": (False, ("", None)),
    "an empty list": ([], ("", None)),
    "a list of nothing": ([None, ""], ("", None)),
}


@pytest.mark.parametrize(("told", "read"), TOLD.values(), ids=TOLD.keys())
def test_reads_one_address_or_says_why_there_is_none(
    told: object, read: tuple[str, EmailProblem | None]
) -> None:
    assert read_email(told) == read


def test_a_look_alike_stays_another_domain() -> None:
    look_alike = ascii_domain("ex\u0430mple.com")  # with a Cyrillic letter
    assert look_alike not in ("example.com", ascii_domain("ex\u00e4mple.com"))
    assert look_alike.startswith("xn--")
