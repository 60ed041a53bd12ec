import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from sessions.models import User
from sessions.signing_keys import rotation
from sessions.signing_keys.models import SigningKey
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.sessions.signing_keys import keys
from tests.sessions.signing_keys.keys import Purpose, State, id_token_key, key, states

pytestmark = pytest.mark.django_db
LIST = "/admin/signet_sessions/signingkey/"


@pytest.fixture
def admins_browser(client: Client) -> Client:
    return browser_of(client, User.objects.create(name="Ada", is_staff=True, is_superuser=True))


@pytest.fixture
def readers_browser() -> Client:
    """The browser of an admin who may see the keys and not change them."""
    reader = User.objects.create(name="Rob Reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_signingkey"))
    return browser_of(Client(headers={"host": HOST}), reader)


def browser_of(client: Client, admin: User) -> Client:
    hold(client, session_token(admin))
    return client


def revoke_page(made: SigningKey) -> str:
    return f"{LIST}{made.pk}/revoke/"


def groups_of(browser: Client) -> list[str]:
    """Return the rows of each purpose."""
    page = browser.get(LIST).content.decode()
    return re.findall(r"<tbody>.*?</tbody>", page, re.DOTALL)


def text_of(page: object) -> str:
    content: bytes = page.content  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", content.decode()))


def test_the_list_tells_the_life_of_every_key_in_words(admins_browser: Client) -> None:
    page = admins_browser.get(LIST)
    signing = SigningKey.objects.get()
    text = text_of(page)
    assert f"{signing.kid} Signing ES256" in text
    time = r"\d+ \w+ \d{4}, \d\d:\d\d UTC"
    assert re.search(rf"Signing {time} – {time} Now \(1%\)", text)
    assert b'aria-hidden="true"' in page.content


def test_the_list_obeys_the_sites_policy(admins_browser: Client) -> None:
    main = re.search(
        r'<div class="results">.*</table>', admins_browser.get(LIST).content.decode(), re.DOTALL
    )
    assert main
    assert "style=" not in main[0]
    assert "<script" not in main[0]


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_no_page_shows_anything_secret(admins_browser: Client, algorithm: str) -> None:
    key(State.UPCOMING, algorithm, signs_from=timezone.now()).save()
    made = SigningKey.objects.get(algorithm=algorithm, state=State.UPCOMING)
    for path in (LIST, f"{LIST}{made.pk}/change/", revoke_page(made), f"{LIST}rotate/"):
        page = admins_browser.get(path, follow=True).content.decode()
        assert "PRIVATE" not in page
        assert made.private_key not in page
        assert made.sealed_private_key not in page


def test_the_list_has_a_group_for_each_purpose(admins_browser: Client) -> None:
    of_session = SigningKey.objects.get()
    of_id_tokens = [
        id_token_key(State.SIGNING),
        id_token_key(State.RETIRED, gone_at=timezone.now()),
    ]
    for made in of_id_tokens:
        made.created_at = timezone.now()  # later than the session's, and listed after it
        made.save()
    groups = groups_of(admins_browser)
    names = [re.findall('<th scope="rowgroup" colspan="3">(.*?)</th>', group) for group in groups]
    assert names == [["Session JWTs"], ["ID tokens for apps"]]
    assert of_session.kid in groups[0]
    assert all(made.kid in groups[1] for made in of_id_tokens)


def test_a_key_signs_until_one_of_its_purpose_takes_over(admins_browser: Client) -> None:
    now = timezone.now()
    id_token_key(State.SIGNING, signs_from=now).save()
    upcoming = id_token_key(State.UPCOMING, created_at=now, signs_from=now + timedelta(minutes=5))
    upcoming.save()
    takes_over = upcoming.signs_from.isoformat(timespec="seconds")
    of_sessions, of_id_tokens = groups_of(admins_browser)
    assert takes_over in of_id_tokens
    assert takes_over not in of_sessions


def test_a_site_without_apps_reads_nothing_about_id_tokens(admins_browser: Client) -> None:
    page = text_of(admins_browser.get(LIST))
    assert "Rotate key for session JWTs" in page
    assert "ID tokens" not in page
    assert admins_browser.get(f"{LIST}rotate-id-tokens/").status_code == 404
    assert admins_browser.post(f"{LIST}rotate-id-tokens/").status_code == 404
    assert not SigningKey.objects.filter(purpose=Purpose.ID_TOKEN).exists()


def test_the_keys_for_id_tokens_rotate_and_those_of_sessions_stay(admins_browser: Client) -> None:
    of_session = SigningKey.objects.get()
    id_token_key(State.SIGNING, signs_from=timezone.now()).save()
    assert "Rotate key for ID tokens" in text_of(admins_browser.get(LIST))
    page = text_of(admins_browser.get(f"{LIST}rotate-id-tokens/"))
    assert "Rotate key for ID tokens?" in page
    assert "run manage.py keys rotate --for id-token --now ." in page
    admins_browser.post(f"{LIST}rotate-id-tokens/")
    upcoming = SigningKey.objects.get(state=State.UPCOMING)
    assert (upcoming.purpose, states()[of_session.kid]) == (Purpose.ID_TOKEN, "signing")


def test_revoking_a_key_for_id_tokens_names_the_upcoming_one_of_its_purpose(
    admins_browser: Client,
) -> None:
    other = rotation.rotate()
    stolen, upcoming = id_token_key(State.SIGNING), id_token_key(State.UPCOMING)
    upcoming.signs_from = timezone.now() + timedelta(minutes=5)
    stolen.save()
    upcoming.save()
    page = text_of(admins_browser.get(revoke_page(stolen)))
    assert f"Key {stolen.kid} (ID tokens for apps, RS256, Signing) will no longer" in page
    assert f"The upcoming key {upcoming.kid} will sign from now on." in page
    assert "People who are signed in to an app stay signed in there." in page
    assert "Browsers get a new token" not in page
    admins_browser.post(revoke_page(stolen))
    assert (states()[upcoming.kid], states()[other.kid]) == ("signing", "upcoming")


def test_the_state_shown_is_that_of_now(admins_browser: Client) -> None:
    now = timezone.now()
    upcoming = key(State.UPCOMING, created_at=now, signs_from=now)
    upcoming.save()
    assert f"{upcoming.kid} Signing" in text_of(admins_browser.get(LIST))


def test_rotate_says_what_will_happen_and_then_does_it(admins_browser: Client) -> None:
    page = text_of(admins_browser.get(f"{LIST}rotate/"))
    assert "A new key will be created and published now. It will sign after 6 minutes" in page
    answer = admins_browser.post(f"{LIST}rotate/", follow=True)
    upcoming = SigningKey.objects.get(state=State.UPCOMING)
    assert f"Key {upcoming.kid} is published. It signs from 20" in text_of(answer)


def test_rotate_says_that_a_key_is_upcoming_already(admins_browser: Client) -> None:
    upcoming = rotation.rotate()
    page = text_of(admins_browser.get(f"{LIST}rotate/"))
    assert f"Key {upcoming.kid} is already published" in page


def test_revoke_says_what_will_happen_and_then_does_it(admins_browser: Client) -> None:
    signing = SigningKey.objects.get()
    page = text_of(admins_browser.get(revoke_page(signing)))
    assert "every token signed with it will be refused" in page
    assert "A new key will be created and will sign from now on." in page
    assert states() == {signing.kid: "signing"}
    before = admins_browser.cookies["session"].value  # this admin's own token is of that key
    admins_browser.post(revoke_page(signing))
    assert states()[signing.kid] == "revoked"
    assert admins_browser.get(LIST).status_code == 200
    assert admins_browser.cookies["session"].value != before


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.UPCOMING, "It has not signed any token yet"),
        (State.RETIRED, "Browsers with a token signed with this key"),
        (State.GONE, "nothing will change"),
        (State.REVOKED, "nothing will change"),
    ],
)
def test_revoke_says_what_it_means_for_a_key_that_is(
    admins_browser: Client, state: State, told: str
) -> None:
    made = key(state)
    made.save()
    assert told in text_of(admins_browser.get(revoke_page(made)))
    admins_browser.post(revoke_page(made))
    assert states()[made.kid] == ("gone" if state == State.GONE else "revoked")


def test_revoke_names_the_key_that_takes_over(admins_browser: Client) -> None:
    upcoming = rotation.rotate()
    signing = SigningKey.objects.get(state=State.SIGNING)
    page = text_of(admins_browser.get(revoke_page(signing)))
    assert f"The upcoming key {upcoming.kid} will sign from now on." in page


def test_a_key_that_has_ended_has_no_button(admins_browser: Client) -> None:
    for state in (State.GONE, State.REVOKED):
        key(state, gone_at=timezone.now(), revoked_at=timezone.now()).save()
    assert admins_browser.get(LIST).content.decode().count(">Revoke key</a>") == 1


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
def test_no_key_is_made_or_removed_by_hand(admins_browser: Client, path: str) -> None:
    made = SigningKey.objects.get()
    assert admins_browser.post(LIST + path.format(pk=made.pk), {"post": "yes"}).status_code == 403
    assert states() == {made.kid: "signing"}


def test_no_key_can_be_edited(admins_browser: Client) -> None:
    made = SigningKey.objects.get()
    answer = admins_browser.post(f"{LIST}{made.pk}/change/", {"state": "gone"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert states() == {made.kid: "signing"}


def test_a_key_that_is_not_there_is_not_found(admins_browser: Client) -> None:
    assert (
        admins_browser.get(f"{LIST}00000000-0000-4000-8000-000000000000/revoke/").status_code == 404
    )


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("page", ["rotate/", "rotate-id-tokens/", "{pk}/revoke/"])
def test_an_admin_who_may_only_look_can_change_nothing(
    readers_browser: Client, method: str, page: str
) -> None:
    made = SigningKey.objects.get()
    list_page = readers_browser.get(LIST).content.decode()
    assert made.kid in list_page
    assert "Revoke" not in list_page
    assert "Rotate" not in list_page
    answer = getattr(readers_browser, method)(LIST + page.format(pk=made.pk))
    assert answer.status_code == 403
    assert states() == {made.kid: "signing"}


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    assert client.post(f"{LIST}rotate/")["Location"].startswith("/sign-in/")
    assert not SigningKey.objects.exists()


@pytest.mark.parametrize("page", ["rotate/", "{pk}/revoke/"])
def test_needs_a_csrf_token(db: None, page: str) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    browser_of(browser, User.objects.create(name="Ada", is_staff=True, is_superuser=True))
    made = SigningKey.objects.get()
    assert browser.post(LIST + page.format(pk=made.pk)).status_code == 403
    assert states() == {made.kid: "signing"}


def test_does_nothing_by_another_method(admins_browser: Client) -> None:
    assert admins_browser.put(f"{LIST}rotate/").status_code == 405
