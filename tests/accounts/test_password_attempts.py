import pytest
from django.test import RequestFactory

from accounts.password_attempts import LIMIT, PasswordAttempts


def attempts(address: str = "198.51.100.1") -> PasswordAttempts:
    return PasswordAttempts(RequestFactory(REMOTE_ADDR=address).post("/admin/login/"))


def use_up(address: str = "198.51.100.1") -> None:
    assert all(attempts(address).begin() for _ in range(LIMIT))


def test_the_tenth_password_is_the_last() -> None:
    use_up()
    assert not attempts().begin()


def test_a_password_counts_before_it_is_looked_at() -> None:
    begun = [attempts().begin() for _ in range(LIMIT + 30)]
    assert begun.count(True) == LIMIT


@pytest.mark.parametrize("other", ["198.51.100.2", "2001:db8::1", "not an address"])
def test_another_address_has_attempts_of_its_own(other: str) -> None:
    use_up()
    assert attempts(other).begin()


def test_the_addresses_of_one_ipv6_network_are_one() -> None:
    use_up("2001:db8::1")
    assert not attempts("2001:db8::2:3").begin()
    assert attempts("2001:db8:0:1::1").begin()


def test_a_right_password_forgives() -> None:
    use_up()
    attempts().note(succeeded=True)
    assert attempts().begin()


def test_a_window_that_ends_meanwhile_refuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.password_attempts.WINDOW", -1)
    assert attempts().begin()


def test_the_log_names_the_address(caplog: pytest.LogCaptureFixture) -> None:
    attempts().note(succeeded=False)
    assert caplog.messages == ["a password was refused at the admin's form: address=198.51.100.1"]
