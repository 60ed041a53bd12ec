import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from accounts.identity import Identity
from accounts.vouching import extra_data_of
from tests.properties.strategies import TEXTS, members_of

CLAIMS = members_of("name", "preferred_username", "picture", "email", "email_verified")


@given(TEXTS, CLAIMS)
def test_any_profile_is_an_identity_that_can_be_stored_or_refused(
    sub: str, claims: dict[str, Any]
) -> None:
    try:
        identity = Identity.from_claims("demo", sub, claims)
    except ValueError:
        return
    assert identity.sub == sub
    assert sub.isprintable()
    kept = json.dumps(extra_data_of(identity), ensure_ascii=False)
    assert "\0" not in json.loads(kept)["name"]
    assert kept.encode()  # no half characters
    assert len(identity.name) <= 200
    assert len(identity.name.splitlines()) <= 1
    assert identity.email == "" or identity.email.count("@") == 1
    assert identity.picture == "" or identity.picture.startswith(("https://", "http://"))
    assert identity.email_verified <= (claims.get("email_verified") is True)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=255))
def test_every_sub_of_openid_connect_is_kept_as_it_is(sub: str) -> None:
    assert Identity.from_claims("demo", sub, {}).sub == sub
