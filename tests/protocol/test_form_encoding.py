from urllib.parse import urlencode

import pytest

from protocol.form_encoding import form_encoded

MEMBERS: list[dict[str, str]] = [
    {},
    {"code": "a-b_c.d~e", "scope": "openid email", "redirect_uri": "https://a/b?c=d&e#f"},
    {"\xe9 &": "\u20ac+%\n", "empty": "", "": "no name", "line": "a\n"},
]


@pytest.mark.parametrize("members", MEMBERS)
def test_encodes_as_the_standard_library_does(members: dict[str, str]) -> None:
    assert form_encoded(members) == urlencode(members)
