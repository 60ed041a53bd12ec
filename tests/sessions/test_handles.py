import re

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from pytest_django import DjangoAssertNumQueries, Settings

from sessions.handles import (
    FORM,
    LENGTH,
    RESERVED,
    candidates,
    digests_of,
    is_reserved,
    validate_form,
    wished_handle,
)
from sessions.models import User
from sessions.spent_handles import SpentHandle


@pytest.mark.parametrize(
    ("texts", "handle"),
    [
        pytest.param(["alice"], "alice", id="a login"),
        pytest.param(["Alice"], "alice", id="in lower case"),
        pytest.param(["alice@corp.example"], "alice", id="the local part of a login"),
        pytest.param(["", "alice.archer@example.com"], "alice.archer", id="of an address"),
        pytest.param(["", "", "Alice Archer"], "alice-archer", id="a name"),
        pytest.param(["", "", ""], "user", id="nothing"),
        pytest.param(["alice+signet"], "alice-signet", id="another character"),
        pytest.param(["a--b..c_-d"], "a-b.c_d", id="separators one by one"),
        pytest.param(["4711alice"], "alice", id="a letter first"),
        pytest.param(["--alice--"], "alice", id="a letter or digit last"),
        pytest.param(["x", "alice@example.com"], "alice", id="too short"),
        pytest.param(["42", "", "Alice"], "alice", id="digits alone"),
        pytest.param(["a" * 300], "a" * 32, id="too long"),
        pytest.param([f"{'a' * 31}-b"], "a" * 31, id="cut at a separator"),
        pytest.param(["ｊｕｌｉａ"], "julia", id="wide letters"),
        pytest.param(["Zoë Müller"], "zoe-muller", id="accents"),
        pytest.param(["Søren Łukasz Ðæmon"], "soren-lukasz-daemon", id="letters of their own"),
        pytest.param(["Straße"], "strasse", id="sharp s"),
        pytest.param(["\u0130lker I\u015f\u0131k"], "ilker-isik", id="both i"),
        pytest.param(["王小明", "ming@example.com"], "ming", id="a script without letters"),
        pytest.param(["王小明", "", "小明"], "user", id="no letter anywhere"),
        pytest.param(["\ud800", "\0"], "user", id="what is no text"),
        pytest.param(["@alice"], "user", id="an address without a local part"),
    ],
)
def test_the_handle_of_a_new_person(texts: list[str], handle: str) -> None:
    assert wished_handle(*texts) == handle
    assert FORM.fullmatch(handle)


@pytest.mark.parametrize(
    ("login", "handle"),
    [
        ("admin", "user-admin"),
        ("Administrator", "user-administrator"),
        ("root", "user-root"),
        ("admin1", "user-admin1"),
        ("admin-2", "user-admin-2"),
        ("a.d.m.i.n", "user-a.d.m.i.n"),
        ("ADMIN@example.com", "user-admin"),
        ("ａｄｍｉｎ", "user-admin"),
        ("www-data", "user-www-data"),
        ("me", "user-me"),
        ("signet", "user-signet"),
        ("ssladministrator" + "1" * 40, "user-ssladministrator11111111111"),
    ],
)
def test_a_reserved_handle_comes_from_no_login(login: str, handle: str) -> None:
    assert wished_handle(login) == handle
    assert not is_reserved(handle)


@pytest.mark.parametrize("handle", ["admins-cat", "rootbeer", "user", "user-2", "alice"])
def test_a_handle_that_only_contains_a_reserved_one_is_free(handle: str) -> None:
    assert not is_reserved(handle)


NEVER = (
    *("admin", "administrator", "root", "system", "daemon", "nobody", "www", "postgres", "git"),
    *("guest", "operator", "owner", "superuser", "support", "security", "postmaster"),
    *("hostmaster", "webmaster", "abuse", "info", "api", "me", "self", "null", "undefined"),
    *("everyone", "anonymous", "all", "signet"),
)


@pytest.mark.parametrize("word", NEVER)
def test_is_reserved(word: str) -> None:
    assert is_reserved(word)


def test_every_reserved_word_is_as_it_is_compared() -> None:
    assert [word for word in RESERVED if not re.fullmatch("[a-z0-9]*[a-z]|oauth2", word)] == []


def test_an_admin_may_choose_a_reserved_handle() -> None:
    assert wished_handle("admin", may_be_reserved=True) == "admin"


@pytest.mark.parametrize("handle", ["alice", "a1", "a.b-c_d", "admin", "a" * 32])
def test_accepts(handle: str) -> None:
    validate_form(handle)


@pytest.mark.parametrize(
    "handle",
    ["", "a", "Alice", "1a", "-a", ".a", "a b", "a@b", "é1", "a" * 33, "alice\n", "a/b", "ab\0"],
)
def test_refuses(handle: str) -> None:
    with pytest.raises(ValidationError, match="2 to 32 characters"):
        validate_form(handle)


def test_all_candidates_are_handles_and_none_is_reserved() -> None:
    for wished in ("alice", "a" * 32, f"{'a' * 29}-bc"):
        found = [*candidates(wished), *candidates(wished, is_contested=True)]
        assert all(FORM.fullmatch(each) and len(each) <= LENGTH for each in found)
        assert not any(map(is_reserved, found))


# Free ones


def handles_of(*handles: str) -> None:
    for handle in handles:
        User.objects.create(handle=handle)


@pytest.mark.django_db
def test_people_of_one_name_get_numbers() -> None:
    people = [User.objects.create(name="Alice") for _ in range(3)]
    assert [person.handle for person in people] == ["alice", "alice-2", "alice-3"]


@pytest.mark.django_db
def test_the_lowest_free_number_counts() -> None:
    handles_of("alice", "alice-2", "alice-4")
    assert User.objects.free_handle("alice") == "alice-3"


@pytest.mark.django_db
def test_after_nine_of_one_name_chance_chooses_the_number(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    handles_of("alice", *(f"alice-{number}" for number in range(2, 10)))
    with django_assert_num_queries(1):
        assert re.fullmatch(r"alice-\d{4}", User.objects.free_handle("alice"))


@pytest.mark.django_db
def test_a_contested_handle_is_chosen_by_chance() -> None:
    assert re.fullmatch(r"alice-\d{4}", User.objects.free_handle("alice", is_contested=True))


@pytest.mark.django_db
def test_where_all_are_taken_the_constraint_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _: 0)
    handles_of("alice-1000", "alice-100000", "alice-100000000")
    assert User.objects.free_handle("alice", is_contested=True) == "alice-100000000"


@pytest.mark.django_db
def test_a_superuser_gets_the_handle_of_the_username() -> None:
    admin = User.objects.create_superuser("admin", "correct horse battery staple")
    assert admin.handle == "admin"


@pytest.mark.django_db
def test_a_second_superuser_gets_another_one() -> None:
    User.objects.create_superuser("admin")
    assert User.objects.create_superuser("Admin").handle == "admin-2"


# Spent ones


@pytest.mark.django_db
def test_nobody_gets_the_handle_of_a_deleted_person() -> None:
    User.objects.create(name="Alice").delete()
    assert User.objects.create(name="Alice").handle == "alice-2"
    assert User.objects.create(username="alice").handle == "alice-3"


@pytest.mark.django_db
def test_the_handle_that_somebody_has_when_they_are_deleted_counts(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(handle="ally")
    alice.delete()
    assert User.objects.free_handle("ally") == "ally-2"


@pytest.mark.django_db
def test_the_handle_of_a_deleted_person_is_stored_nowhere() -> None:
    User.objects.create(name="Alice").delete()
    columns = SpentHandle.objects.values_list("digest", "person")
    assert not any("alice" in str(value) for value in columns.get())
    assert SpentHandle.objects.filter(person=None).exists()


@pytest.mark.django_db
def test_a_spent_handle_stays_so_with_a_new_secret_key(settings: Settings) -> None:
    User.objects.create(name="Alice").delete()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "k" * 50
    User.objects.create(name="Bob").delete()
    assert User.objects.create(name="Alice").handle == "alice-2"
    assert User.objects.create(name="Bob").handle == "bob-2"


def test_another_key_makes_another_digest(settings: Settings) -> None:
    first = digests_of("alice")
    settings.SECRET_KEY = "k" * 50
    assert not {*digests_of("alice")} & {*first}


@pytest.mark.django_db
def test_a_deletion_that_is_undone_spends_nothing(alice: User) -> None:

    with transaction.atomic():
        alice.delete()
        transaction.set_rollback(True)
    assert not SpentHandle.objects.exists()


def test_a_spent_handle_names_no_handle() -> None:
    assert str(SpentHandle(pk=7, digest="d")) == "7"
