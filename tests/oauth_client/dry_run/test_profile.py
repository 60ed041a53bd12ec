"""The profile that a dry run received, as rows for the admin."""

from accounts.identity import Identity
from oauth_client.dry_run_page import _profile


def test_each_member_has_its_label() -> None:
    identity = Identity("demo", "1001", "Bob", email="bob@example.com", email_verified=True)
    assert _profile(vars(identity)) == [
        ("Provider", "demo"),
        ("ID at the provider (sub)", "1001"),
        ("Name", "Bob"),
        ("Email address", "bob@example.com"),
        ("Email address verified", "yes"),
    ]


def test_an_unverified_address_is_called_so() -> None:
    identity = Identity("demo", "1001", email="bob@example.com")
    assert _profile(vars(identity))[-1] == ("Email address verified", "no")


def test_somebody_without_an_address_is_said_to_share_none() -> None:
    assert _profile(vars(Identity("demo", "1001")))[-1] == ("Email address", "not shared")
