import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.password_form import PASSWORDS
from audit.models import AuditEvent
from audit.recording import write
from sessions.models import Session, User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def root(db: None, settings: Settings) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_superuser("root", PASSWORD)


def send(client: Client, password: str) -> HttpResponse:
    form = {"username": "root", "password": password}
    return client.post("/admin/login/", form, REMOTE_ADDR="198.51.100.1")  # type: ignore[return-value]


def test_the_tenth_password_is_the_last(client: Client) -> None:
    assert (PASSWORDS.limit, PASSWORDS.window) == (10, 600)
    answers = [send(client, "wrong").status_code for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_a_right_password_forgives(client: Client) -> None:
    for password in ["wrong"] * 9 + [PASSWORD]:
        send(client, password)
    client.post("/sign-out/")
    assert send(client, "wrong").status_code == 200


def test_the_log_names_the_address(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    send(client, "wrong")
    assert caplog.messages == ["a password was refused at the admin's form: address=198.51.100.1"]


def test_whoever_is_suspended_in_this_very_moment_is_told_so(client: Client, root: User) -> None:
    def suspend(run: object, sql: str, *rest: object) -> object:
        if sql.startswith("UPDATE signet_sessions_user SET last_login"):
            User.objects.filter(pk=root.pk).update(is_active=False)
        return run(sql, *rest)  # type: ignore[operator]

    with connection.execute_wrapper(suspend):
        answer = send(client, PASSWORD)
    assert answer.status_code == 503
    assert "This account is suspended." in answer.content.decode()
    assert not Session.objects.exists()
    write()
    assert AuditEvent.objects.filter(action="admin_sign_in_failed", target_id=root.pk).exists()
