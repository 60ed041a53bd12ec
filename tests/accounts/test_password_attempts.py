import pytest
from django.test import RequestFactory

from accounts.password_attempts import PasswordAttempts


def attempts(address: str = "198.51.100.1") -> PasswordAttempts:
    return PasswordAttempts(RequestFactory(REMOTE_ADDR=address).post("/admin/login/"))


def test_the_tenth_wrong_password_is_the_last() -> None:
    for _ in range(9):
        attempts().note(succeeded=False)
    assert not attempts().are_used_up()
    attempts().note(succeeded=False)
    assert attempts().are_used_up()


def test_another_address_has_attempts_of_its_own() -> None:
    for _ in range(10):
        attempts().note(succeeded=False)
    assert not attempts("198.51.100.2").are_used_up()


def test_a_right_password_forgives() -> None:
    for _ in range(10):
        attempts().note(succeeded=False)
    attempts().note(succeeded=True)
    assert not attempts().are_used_up()


def test_the_log_names_the_address(caplog: pytest.LogCaptureFixture) -> None:
    attempts().note(succeeded=False)
    assert caplog.messages == ["a password was refused at the admin's form: address=198.51.100.1"]
