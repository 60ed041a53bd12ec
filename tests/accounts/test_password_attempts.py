import pytest
from django.test import RequestFactory

from accounts.password_attempts import PASSWORDS, PasswordAttempts


def attempts() -> PasswordAttempts:
    return PasswordAttempts(RequestFactory(REMOTE_ADDR="198.51.100.1").post("/admin/login/"))


def use_up() -> None:
    assert all(attempts().begin() for _ in range(PASSWORDS.limit))


def test_the_tenth_password_is_the_last() -> None:
    assert (PASSWORDS.limit, PASSWORDS.window) == (10, 600)
    use_up()
    assert not attempts().begin()


def test_a_right_password_forgives() -> None:
    use_up()
    attempts().note(succeeded=True)
    assert attempts().begin()


def test_the_log_names_the_address(caplog: pytest.LogCaptureFixture) -> None:
    attempts().note(succeeded=False)
    assert caplog.messages == ["a password was refused at the admin's form: address=198.51.100.1"]
