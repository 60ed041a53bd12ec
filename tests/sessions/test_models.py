import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from sessions.models import Session, User
from sessions.signing_keys import algorithms


@pytest.mark.parametrize(
    ("user", "shown"),
    [
        (User(name="Alice", email="a@example.com", username="root"), "Alice"),
        (User(email="a@example.com", username="root"), "a@example.com"),
        (User(username="root"), "root"),
    ],
    ids=["name", "address", "username"],
)
def test_a_person_is_shown_by_the_best_that_is_known(user: User, shown: str) -> None:
    assert str(user) == user.display_name == shown


def test_a_person_of_whom_nothing_is_known_is_shown_by_the_id() -> None:
    user = User()
    assert user.display_name == str(user.pk)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Alice", "A"),
        ("Alice Archer", "AA"),
        ("Alice B. Archer", "AA"),
        ("\u00e9mile zola", "\u00c9Z"),
        ("<b>", "<"),
    ],
)
def test_has_initials(name: str, initials: str) -> None:
    assert User(name=name).initials == initials


@pytest.mark.django_db
def test_the_proven_address_is_the_primary_one(alice: User) -> None:
    for address, primary in (("one@example.com", False), ("two@example.com", True)):
        EmailAddress.objects.create(user=alice, email=address, verified=True, primary=primary)
    assert alice.proven_addresses[:1] == ("two@example.com",)


@pytest.mark.django_db
def test_an_address_that_is_not_verified_is_not_proven(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    EmailAddress.objects.create(user=alice, email="one@example.com", verified=False)
    with django_assert_num_queries(1):
        assert alice.proven_addresses == alice.proven_addresses == ()


@pytest.mark.django_db
def test_createsuperuser_makes_an_admin_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery staple")
    call_command("createsuperuser", interactive=False, username="root", verbosity=0)
    root = User.objects.get(username="root")
    assert root.is_staff
    assert root.is_superuser
    assert root.check_password("correct horse battery staple")


@pytest.mark.django_db
def test_two_people_may_have_no_username(alice: User, bob: User) -> None:
    assert (alice.username, bob.username) == (None, None)


@pytest.mark.django_db
def test_a_session_and_a_key_are_shown_by_their_ids(alices_session: Session) -> None:
    key = algorithms.generate()
    assert str(alices_session) == str(alices_session.pk)
    assert str(key) == key.kid
