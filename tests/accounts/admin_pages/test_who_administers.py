"""Two admins take each other's rights at the same moment, in every way that there is."""

import threading
from collections.abc import Callable

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connections, transaction
from django.test import Client

from sessions.models import User
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("parallel_database"),
]
LIST = "/admin/signet_sessions/user/"
Deed = Callable[["Admin", "Admin"], int]


class Admin:
    """An admin at a browser, who signs in with GitHub."""

    def __init__(self, name: str) -> None:
        self.user = User.objects.create(name=name, is_staff=True, is_superuser=True, password="!")
        self.account = SocialAccount.objects.create(user=self.user, provider="github", uid=name)
        self.browser = Client(headers={"host": HOST})
        hold(self.browser, session_token(self.user))

    @property
    def page(self) -> str:
        return f"{LIST}{self.user.pk}/"

    def post(self, path: str, **form: object) -> int:
        return self.browser.post(path, form).status_code

    def change(self, other: "Admin", *, takes_accounts: bool = False, **rights: str) -> int:
        """Save the other's page with these rights; a box that is not ticked is absent."""
        accounts = "socialaccount_set"
        form = {"name": other.user.name, "handle": other.user.handle} | rights
        for inline, number in (("emailaddress_set", 0), (accounts, 1)):
            form |= {f"{inline}-TOTAL_FORMS": str(number), f"{inline}-INITIAL_FORMS": str(number)}
        form |= {
            f"{accounts}-0-id": str(other.account.pk),
            f"{accounts}-0-user": str(other.user.pk),
        }
        if takes_accounts:
            form[f"{accounts}-0-DELETE"] = "on"
        return self.post(f"{other.page}change/", **form)


ALL = {"is_active": "on", "is_staff": "on", "is_superuser": "on"}
WAYS: dict[str, Deed] = {
    "suspend": lambda one, other: one.post(f"{other.page}suspend/"),
    "suspend by the form": lambda one, other: one.change(other, is_staff="on", is_superuser="on"),
    "take the admin's right": lambda one, other: one.change(other, is_active="on"),
    "take all rights but one": lambda one, other: one.change(other, is_active="on", is_staff="on"),
    "delete": lambda one, other: one.post(f"{other.page}delete/", post="yes"),
    "delete from the list": lambda one, other: one.post(
        LIST, action="delete_selected", _selected_action=[str(other.user.pk)], post="yes"
    ),
    "take the only way in": lambda one, other: one.change(other, takes_accounts=True, **ALL),
}


def both_at_once(deeds: list[Callable[[], int]]) -> list[int]:
    """Do all of it while everybody waits for us, so that each has begun before any has ended."""
    statuses = []

    def do(deed: Callable[[], int]) -> None:
        try:
            statuses.append(deed())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    with transaction.atomic():
        list(User.objects.select_for_update().all())
        for thread in threads:  # too short on a slow machine, they are just not at the same moment
            thread.start()
            thread.join(timeout=0.4)
    for thread in threads:
        thread.join()
    return sorted(statuses)


def who_can_administer() -> list[str]:
    found = User.objects.filter(is_active=True, is_staff=True, is_superuser=True)
    with_a_way_in = found.exclude(socialaccount=None).order_by("name")
    return list(with_a_way_in.values_list("name", flat=True))


@pytest.mark.parametrize("way", WAYS)
def test_of_two_admins_who_do_it_to_each_other_one_stays(way: str) -> None:
    add_provider("github", "github")
    ada, grace = Admin("Ada"), Admin("Grace")
    do = WAYS[way]
    statuses = both_at_once([lambda: do(ada, grace), lambda: do(grace, ada)])
    assert len(who_can_administer()) == 1
    assert statuses in ([302, 302], [302, 403])


def test_an_admin_who_goes_and_one_who_suspends_leave_one() -> None:
    add_provider("github", "github")
    ada, grace = Admin("Ada"), Admin("Grace")
    both_at_once(
        [
            lambda: ada.post("/account/data/delete/", understood="yes"),
            lambda: ada.post(f"{grace.page}suspend/"),
        ]
    )
    assert len(who_can_administer()) == 1


def test_whoever_is_suspended_meanwhile_suspends_nobody_more() -> None:
    """Three admins: what decides is who is one when the change is made."""
    add_provider("github", "github")
    ada, grace, _ = Admin("Ada"), Admin("Grace"), Admin("Hedy")
    suspend = WAYS["suspend"]
    both_at_once([lambda: suspend(ada, grace), lambda: suspend(grace, ada)])
    assert len(who_can_administer()) == 2


def test_nobody_reinstates_himself_while_he_is_suspended() -> None:
    add_provider("github", "github")
    ada, mallory = Admin("Ada"), Admin("Mallory")
    statuses = both_at_once(
        [
            lambda: ada.post(f"{mallory.page}suspend/"),
            lambda: mallory.post(f"{mallory.page}reinstate/"),
        ]
    )
    assert who_can_administer() == ["Ada"]
    assert statuses in ([302, 302], [302, 403])


def test_suspending_gives_no_right_back_that_another_admin_takes() -> None:
    add_provider("github", "github")
    ada, grace, hedy = Admin("Ada"), Admin("Grace"), Admin("Hedy")
    both_at_once(
        [
            lambda: ada.post(f"{hedy.page}suspend/"),
            lambda: grace.change(hedy, is_active="on"),
        ]
    )
    hedy.user.refresh_from_db()
    assert (hedy.user.is_staff, hedy.user.is_superuser) == (False, False)


@pytest.mark.parametrize("way", ["take the only way in"])
def test_the_last_who_can_sign_in_stays_and_the_page_says_so(way: str) -> None:
    add_provider("github", "github")
    ada, grace = Admin("Ada"), Admin("Grace")
    ada.account.delete()
    assert WAYS[way](ada, grace) == 302
    assert who_can_administer() == ["Grace"]
    page = ada.browser.get(f"{grace.page}change/").content.decode()
    assert "nobody could sign in as an admin any more" in page
    assert "changed successfully" not in page
