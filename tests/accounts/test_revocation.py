import pytest
from pytest_django import Settings

from accounts import revocation


def test_a_revoked_session_is_known_until_its_last_token_has_expired() -> None:
    revocation.remember("sid", now=1000)
    assert revocation.is_revoked("sid", 1000)
    assert revocation.is_revoked("sid", 1000 + 600 + 119)
    assert not revocation.is_revoked("sid", 1000 + 600 + 120)


def test_is_remembered_longer_where_tokens_live_longer(settings: Settings) -> None:
    settings.SESSION_TOKEN_LIFETIME = 3600
    revocation.remember("sid", now=1000)
    assert revocation.is_revoked("sid", 1000 + 3600)


def test_what_has_expired_is_dropped_when_something_is_added() -> None:
    revocation.remember("old", now=1000)
    revocation.remember("new", now=2000)
    assert not revocation.is_revoked("old", 1000)
    assert revocation.is_revoked("new", 2000)


@pytest.mark.parametrize("sid", ["", "another"])
def test_no_other_session_is_revoked(sid: str) -> None:
    revocation.remember("sid", now=1000)
    assert not revocation.is_revoked(sid, 1000)
