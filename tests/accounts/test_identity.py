import pytest

from accounts.identity import EmailProblem, Identity, clean_picture
from accounts.vouching import extra_data_of
from web.shown import clean_name


@pytest.mark.parametrize(
    "sub",
    ["", "a" * 321, "12\n34", "12\x0034", "\ud800", "12\u202e34", "12\u00a034", "12\u200b34"],
    ids=["empty", "too long", "newline", "NUL", "surrogate", "bidi", "no-break space", "invisible"],
)
def test_refuses_a_sub_that_is(sub: str) -> None:
    with pytest.raises(ValueError, match="1 to 320 characters|cannot be printed"):
        Identity.from_claims("github", sub, {})


@pytest.mark.parametrize(
    "sub", ["1", "a" * 255, "a" * 320, "auth0|507f1f77bcf86cd799439011"], ids=len
)
def test_takes_a_sub_as_it_is(sub: str) -> None:
    assert Identity.from_claims("github", sub, {}).sub == sub


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Alice Archer", "Alice Archer"),
        ("  Alice \n\t Archer ", "Alice Archer"),
        ("Al\0ice", "Alice"),
        ("Al\ud800ice", "Alice"),
        ("\u202eAlice", "Alice"),
        ("Al\u200bice", "Alice"),
        ("Al\x1b[31mice", "Al[31mice"),
        ("Zoe\u0308", "Zo\u00eb"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\u0dc1\u0dca\u200d\u0dbb\u0dd3", "\u0dc1\u0dca\u200d\u0dbb\u0dd3"),
        ("\u0d05\u0d35\u0d28\u0d4d\u200d", "\u0d05\u0d35\u0d28\u0d4d\u200d"),
        (
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525"),
        ("Al\u200dice", "Alice"),
        ("\u200c\u200d \u200d", ""),
        ("\u0645\u200c\u200c\u200d\u06cc", "\u0645\u200c\u06cc"),
        ("\U000326ff\u0378", "\U000326ff\u0378"),  # letters of a Unicode to come
        ("A\ufdd0\uffff\U0001fffe\u2065\U000e0fff\U000e0041", "A"),
        ("\u2066A\u2069\u061c\u200f\u202cB", "AB"),
        ("\u963f\u91cc\u65af", "\u963f\u91cc\u65af"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # templates escape it
        ("a" * 5000, "a" * 200),
        ("\0" * 5000, ""),
        ("", ""),
        (None, ""),
        (42, ""),
        (["Alice"], ""),
        ({"name": "Alice"}, ""),
        (True, ""),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_name_becomes_one_line_of_text(value: object, name: str) -> None:
    assert clean_name(value) == name


@pytest.mark.parametrize(
    "value",
    [
        "http://avatars.example/alice.png",
        "http://10.0.0.1/alice.png",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "//avatars.example/alice.png",
        "/alice.png",
        "https://",
        "https:///alice.png",
        "http://",
        "http://[::1/alice.png",
        "https://[::1/alice.png",
        "https://avatars.example/\nalice.png",
        "https://avatars.example/\0.png",
        "https://\u00e4vatars.example/alice.png",
        "https://avatars.example/" + "a" * 1000,
        "",
        None,
        5,
        ["https://avatars.example/alice.png"],
    ],
    ids=lambda value: repr(value)[:40],
)
def test_is_no_picture(value: object) -> None:
    assert clean_picture(value) == ""


@pytest.mark.parametrize(
    "value",
    [
        "https://avatars.example/alice.png?size=96",
        "http://localhost:9000/alice.png",
        "http://127.0.0.1:9000/alice.png",
        "http://[::1]:9000/alice.png",
    ],
)
def test_is_a_picture(value: str) -> None:
    assert clean_picture(value) == value


ADDRESS = {"email": "alice@example.com"}


@pytest.mark.parametrize("value", [False, None, 1, "true", "True", [True], {}], ids=repr)
def test_an_address_is_verified_by_json_true_alone(value: object) -> None:
    identity = Identity.from_claims("github", "1", ADDRESS | {"email_verified": value})
    assert not identity.email_verified


def test_json_true_verifies_an_address() -> None:
    identity = Identity.from_claims("github", "1", ADDRESS | {"email_verified": True})
    assert identity.email_verified


@pytest.mark.parametrize(
    ("known", "label"),
    [
        ({"name": "Bob Baker", "username": "bob", "email": "b@example.com"}, "Bob Baker (bob)"),
        ({"name": "Bob Baker", "email": "b@example.com"}, "Bob Baker (b@example.com)"),
        ({"name": "Bob Baker"}, "Bob Baker (4711)"),
        ({"username": "bob"}, "bob"),
        ({}, "4711"),
    ],
)
def test_two_accounts_of_one_person_are_called_differently(
    known: dict[str, str], label: str
) -> None:
    assert Identity("github", "4711", **known).label == label  # type: ignore[arg-type]


def test_an_address_that_is_none_leaves_word_of_it() -> None:
    several = {"email": ["a@example.com", "b@example.com"], "email_verified": True}
    identity = Identity.from_claims("github", "1", several)
    assert (identity.email, identity.email_verified) == ("", False)
    assert identity.email_problem == EmailProblem.SEVERAL


def test_without_an_address_nothing_is_verified() -> None:
    identity = Identity.from_claims("github", "1", {"email": "no address", "email_verified": True})
    assert not identity.email_verified


def test_no_more_is_kept_than_pages_show_and_whether_the_address_is_vouched_for() -> None:
    identity = Identity("github", "1", "Alice", "alice1", "https://a.example/p", "a@example.com")
    kept = {"name": "Alice", "username": "alice1", "email": "a@example.com"}
    assert extra_data_of(identity) == kept | {"email_verified": False}
