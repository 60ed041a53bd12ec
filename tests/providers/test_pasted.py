import pytest

from providers.pasted import pasted, problem_of_credential


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("secret", "secret"),
        (" secret\r\n", "secret"),
        ("\u00a0secret\u2003", "secret"),
        ("\ufeffsecret\u200b", "secret"),
        ("sec\u200bret", "secret"),
        ("sec\u00adret", "secret"),
        ("\u200e \u202asecret\u202c \u2069", "secret"),
        ("a secret", "a secret"),
        ("-----BEGIN\nline\n", "-----BEGIN\nline"),
        (" \u200b ", ""),
    ],
    ids=ascii,
)
def test_what_came_along_unseen_is_removed(text: str, value: str) -> None:
    assert pasted(text) == value


@pytest.mark.parametrize(
    "text", ["a\nb", "a\tb", "a\u00a0b", "a\u2028b", "secr\u00e9t", "a\x00b", "a”"]
)
def test_refuses_a_credential_with_what_none_has_inside(text: str) -> None:
    assert "Copy it again" in problem_of_credential(text)
    assert text not in problem_of_credential(text)


@pytest.mark.parametrize("text", ["", "secret", "a secret", "~!+/=%&\\\"'"])
def test_a_credential_may_have_every_printable_character_of_ascii(text: str) -> None:
    assert problem_of_credential(text) == ""
