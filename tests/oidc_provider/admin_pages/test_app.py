"""An admin adds an app: one address, one click, and its secret is shown once."""

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from oidc_provider import catalogue
from oidc_provider.clients import digest_of
from oidc_provider.models import App, Authentication, Grant
from sessions.models import Session, User
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.fakes import hold, session_token
from tests.oidc_provider.admin_pages.forms import ADD, FORM, LIST, form_of, page, shown_on
from tests.oidc_provider.interleaved import before
from tests.oidc_provider.party import SECRET, RelyingParty

pytestmark = pytest.mark.django_db
ANY = FORM | {
    "kind": "openid_connect",
    "name": "Wiki",
    "slug": "",
    "redirect_uris": "https://wiki.example/cb",
}
NO_ENTRY = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1"}


def read(browser: Client, address: str, **query: str) -> str:
    response = browser.get(address, query)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def secret_on(text: str) -> str:
    found = re.search(r'id="new-secret"[^>]*>([^<]+)<', text)
    return found[1] if found else ""


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return dict(response.context_data["adminform"].form.errors)


# The catalogue


def test_every_kind_can_be_chosen(admin: Client) -> None:
    listed = re.findall(r'href="\?kind=(\w+)"', read(admin, ADD))
    assert listed == [kind.id for kind in catalogue.kinds()]


def test_a_search_finds_by_every_name(admin: Client) -> None:
    assert re.findall(r'href="\?kind=(\w+)"', read(admin, ADD, q="grafa")) == ["grafana"]
    nothing = read(admin, ADD, q='our "own" thing')
    assert re.findall(r'href="\?kind=(\w+)"', nothing) == ["openid_connect"]
    assert "No app matches." in nothing


@pytest.mark.parametrize("kind", [each.id for each in catalogue.kinds()])
def test_the_page_of_each_kind_opens_and_asks_only_for_what_it_needs(
    admin: Client, kind: str
) -> None:
    text = read(admin, ADD, kind=kind)
    known = catalogue.kind(kind)
    assert known
    assert ('name="label"' in text) == known.takes_name
    assert ('name="pkce"' in text) != known.public


@pytest.mark.parametrize("query", [{}, {"kind": "grafana"}], ids=["catalogue", "form"])
def test_only_who_may_add_apps_sees_it(admin: Client, alice: User, query: dict[str, str]) -> None:
    User.objects.update(is_superuser=False)
    assert admin.get(ADD, query).status_code == 403
    alice.user_permissions.add(Permission.objects.get(codename="add_app"))
    assert admin.get(ADD, query).status_code == 200


def test_an_unknown_kind_leads_back_with_the_reason(admin: Client) -> None:
    assert "Unknown kind of app." in read(admin, ADD, kind="nonsense")
    assert "Unknown kind of app." in admin.post(ADD, FORM | {"kind": "\0"}).content.decode()
    assert not App.objects.exists()


# A new app


@pytest.mark.parametrize("kind", ["grafana", "openid_connect"])
def test_what_is_not_final_before_saving_has_no_button_that_copies_it(
    admin: Client, kind: str
) -> None:
    text = read(admin, ADD, kind=kind)
    assert "YOUR_CLIENT_SECRET" in text
    assert ("YOUR_CLIENT_ID" in text) == (kind == "openid_connect")
    assert "data-copies" not in text


def test_one_address_is_enough(admin: Client) -> None:
    response = admin.post(ADD, FORM)
    app = App.objects.get()
    assert (response.status_code, response["Location"]) == (302, page(app))
    assert app.redirect_uris == ["https://grafana.example/login/generic_oauth"]
    assert app.post_logout_redirect_uris == ["https://grafana.example/login"]
    assert (app.audience, app.is_of_team, app.scopes) == (
        "everybody",
        True,
        ["openid", "profile", "email", "groups"],
    )


def test_the_secret_is_shown_once_and_is_in_the_snippet(admin: Client) -> None:
    first = admin.post(ADD, FORM, follow=True).content.decode()
    secret = secret_on(first)
    assert App.objects.get().secret_digest == digest_of(secret)
    assert f"CLIENT_SECRET={secret}" in first
    assert secret not in read(admin, page(App.objects.get()))


def test_nobody_else_is_shown_the_secret(admin: Client, bob: User) -> None:
    response = admin.post(ADD, FORM)
    kept = {name: morsel.value for name, morsel in response.cookies.items()}
    assert "new-secret" in kept
    session = Session.objects.get()
    Session.objects.filter(pk=session.pk).update(user=bob)
    User.objects.update(is_staff=True, is_superuser=True)
    from sessions.session_tokens import issue_session_token

    session.refresh_from_db()
    admin.cookies["session"] = issue_session_token(session, bob).text
    assert not secret_on(read(admin, page(App.objects.get())))


def test_the_label_of_this_site_is_in_the_redirect_uri_and_the_snippet(admin: Client) -> None:
    form = FORM | {"kind": "gitea", "label": "team", "launch_url": "https://git.example"}
    text = admin.post(ADD, form, follow=True).content.decode()
    assert App.objects.get().redirect_uris == ["https://git.example/user/oauth2/team/callback"]
    assert "--name='team'" in html.unescape(text)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Our Wiki", "our-wiki"), ("Grafana", "grafana-2"), ("日本", "app"), ("x" * 90, "x" * 40)],
    ids=["name", "taken", "no letters", "long"],
)
def test_a_client_id_is_made_from_the_name(
    admin: Client, grafana: App, name: str, slug: str
) -> None:
    form = FORM | {"kind": "openid_connect", "redirect_uris": "https://wiki.example/cb"}
    assert admin.post(ADD, form | {"name": name, "slug": ""}).status_code == 302
    assert App.objects.latest("pk").slug == slug


def test_redirect_uris_can_be_written_instead(admin: Client) -> None:
    lines = " https://a.example/cb \r\n\r\nhttps://b.example/cb\r\n"
    admin.post(ADD, FORM | {"redirect_uris": lines})
    assert App.objects.get().redirect_uris == ["https://a.example/cb", "https://b.example/cb"]


def test_only_the_address_is_missing_where_redirect_uris_follow_from_it(admin: Client) -> None:
    missing = {"launch_url": ["This field is required."]}
    assert errors(admin.post(ADD, FORM | {"launch_url": ""})) == missing
    wrong = FORM | {"launch_url": "", "redirect_uris": "http://grafana.example/cb"}
    assert [*errors(admin.post(ADD, wrong))] == ["launch_url", "redirect_uris"]


def test_a_new_app_can_be_limited_to_groups_at_once(admin: Client) -> None:
    admin.post(ADD, FORM | {"only_groups": "ops, dev"})
    assert (App.objects.get().audience, App.objects.get().groups) == ("chosen", ["dev", "ops"])


def test_a_public_app_has_no_secret(admin: Client) -> None:
    form = FORM | {"kind": "public", "redirect_uris": "com.example.app:/cb"}
    text = admin.post(ADD, form | {"authentication": "none"}, follow=True).content.decode()
    assert not secret_on(text)
    assert App.objects.get().is_public


@pytest.mark.parametrize("kind", [each.id for each in catalogue.kinds()])
def test_what_the_page_of_each_kind_shows_is_enough_to_add_and_to_change_it(
    admin: Client, kind: str
) -> None:
    entered = {"name": "Our app", "redirect_uris": "https://app.example/cb"}
    address = {"launch_url": "https://app.example/"}
    response = admin.post(ADD, shown_on(admin, ADD, kind=kind) | address | entered)
    assert response.status_code == 302, errors(response)
    app = App.objects.get()
    response = admin.post(page(app), shown_on(admin, page(app)) | {"name": "Another name"})
    assert response.status_code == 302, errors(response)


def test_a_public_app_can_get_a_key_instead(admin: Client, phone: App) -> None:
    response = admin.post(
        page(phone), shown_on(admin, page(phone)) | {"authentication": "private_key_jwt"}
    )
    assert [*errors(response)] == ["jwks"]
    assert 'name="jwks"' in response.content.decode()


def test_the_key_for_id_tokens_is_published_with_the_first_app(admin: Client) -> None:
    SigningKey.objects.filter(purpose=SigningKey.Purpose.ID_TOKEN).delete()
    keyring.forget()
    admin.post(ADD, FORM)
    assert SigningKey.objects.filter(purpose=SigningKey.Purpose.ID_TOKEN).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"launch_url": ""}, "launch_url"),
        ({"launch_url": "grafana"}, "launch_url"),
        ({"redirect_uris": "http://grafana.example/"}, "redirect_uris"),
        ({"kind": "openid_connect"}, "redirect_uris"),
        ({"post_logout_redirect_uris": "x"}, "post_logout_redirect_uris"),
        ({"slug": "A!"}, "slug"),
        ({"name": " "}, "name"),
        ({"pkce": "maybe"}, "pkce"),
        ({"scopes": ["all"]}, "scopes"),
        ({"authentication": "none", "pkce": "neither"}, "pkce"),
        ({"authentication": "private_key_jwt"}, "jwks"),
        ({"jwks": "{"}, "jwks"),
        ({"jwks": "[" * 30_000}, "jwks"),
        ({"jwks": '{"keys": [{"kty": "oct", "k": "\\u0000"}]}'}, "jwks"),
        ({"audiences": "http://localhost:8000"}, "audiences"),
        ({"only_groups": "a*b"}, "only_groups"),
        ({"label": "a b", "kind": "gitea"}, "label"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_refuses_at_the_field_that_is_wrong(
    admin: Client, changes: dict[str, Any], field: str
) -> None:
    assert field in errors(admin.post(ADD, FORM | changes))
    assert not App.objects.exists()


def test_a_wrong_address_is_one_error(admin: Client) -> None:
    """What would have been filled in from it is no error of its own."""
    assert [*errors(admin.post(ADD, FORM | {"launch_url": "grafana"}))] == ["launch_url"]


def test_a_client_id_is_unique(admin: Client, grafana: App) -> None:
    assert "slug" in errors(admin.post(ADD, FORM))
    text = read(admin, ADD, kind="grafana")
    assert re.search('name="slug" value="grafana-2"', text)


def test_a_link_fills_in_no_address(admin: Client) -> None:
    text = read(admin, ADD, kind="grafana", launch_url="https://evil.example", redirect_uris="x:/")
    assert "evil.example" not in text
    assert "x:/" not in text


# A stored app


def test_its_page_shows_what_to_paste_and_changes_nothing_by_itself(
    admin: Client, grafana: App
) -> None:
    text = read(admin, page(grafana))
    assert "https://grafana.example/login/generic_oauth" in text
    admin.post(page(grafana), form_of(grafana))
    assert not AuditEvent.objects.filter(target_type="app").exists()


def test_what_is_changed_is_recorded(admin: Client, grafana: App) -> None:
    uris = "https://grafana.example/cb"
    answer = admin.post(page(grafana), form_of(grafana, redirect_uris=uris))
    assert answer.status_code == 302, errors(answer)
    event = AuditEvent.objects.get(target_type="app")
    assert event.after == {"redirect_uris": [uris]}


def test_slug_and_kind_never_change(admin: Client, grafana: App) -> None:
    admin.post(page(grafana), form_of(grafana, slug="other", kind="gitea", name="New"))
    grafana.refresh_from_db()
    assert (grafana.slug, grafana.kind, grafana.name) == ("grafana", "grafana", "New")


def test_an_app_of_a_kind_that_is_gone_keeps_its_page(admin: Client, grafana: App) -> None:
    App.objects.update(kind="gone")
    read(admin, page(grafana))
    assert admin.post(page(grafana), form_of(grafana, name="New")).status_code == 302


def test_an_old_sign_in_changes_nothing(admin: Client, grafana: App) -> None:
    hour = timezone.timedelta(hours=1)  # type: ignore[attr-defined]
    Session.objects.update(auth_time=timezone.now() - hour)
    from sessions.session_tokens import issue_session_token

    session = Session.objects.get()
    admin.cookies["session"] = issue_session_token(session, session.user).text
    for address in (page(grafana), ADD, LIST, *(page(grafana, name) for name in PAGES)):
        answer = admin.post(address, form_of(grafana, name="New"))
        assert "/sign-in/" in answer.get("Location", "/sign-in/") or answer.status_code == 403
    grafana.refresh_from_db()
    assert (grafana.name, grafana.next_secret_digest) == ("Grafana", "")


PAGES = ("secret", "use-next", "who-may-use", "delete")


@pytest.mark.parametrize("name", PAGES)
def test_who_may_only_look_changes_nothing(
    admin: Client, alice: User, grafana: App, name: str
) -> None:
    User.objects.update(is_superuser=False)
    alice.user_permissions.add(Permission.objects.get(codename="view_app"))
    for answer in (admin.get(page(grafana, name)), admin.post(page(grafana, name))):
        assert answer.status_code == 403
    assert "/secret/" not in read(admin, page(grafana))


# Secrets


def test_a_snippet_without_its_secret_says_so_and_leads_to_a_new_one(
    admin: Client, grafana: App
) -> None:
    text = read(admin, page(grafana))
    assert "CLIENT_SECRET=YOUR_CLIENT_SECRET" in text
    assert "Put the client secret in the place of <code>YOUR_CLIENT_SECRET</code>" in text
    assert text.count(f'href="{page(grafana, "secret")}"') == 2
    assert text.count("data-copies") == 2
    shown = html.unescape(admin.post(page(grafana, "secret"), follow=True).content.decode())
    assert "YOUR_CLIENT_SECRET" not in shown


def test_a_field_without_its_secret_is_not_copied(admin: Client, grafana: App) -> None:
    copied = len(re.findall("data-copies", admin.post(ADD, ANY, follow=True).content.decode()))
    text = read(admin, page(App.objects.latest("pk")))
    assert len(re.findall("data-copies", text)) == copied - 2  # the secret, and its own field
    assert "YOUR_CLIENT_SECRET" not in text


def test_an_app_that_takes_no_secret_is_offered_none(admin: Client, grafana: App) -> None:
    App.objects.update(authentication=Authentication.NONE)
    text = read(admin, page(grafana))
    assert "This app has no client secret. Leave out <code>YOUR_CLIENT_SECRET</code>." in text
    assert page(grafana, "secret") not in text


def test_a_next_secret_is_replaced_only_by_who_has_read_so(admin: Client, grafana: App) -> None:
    first = secret_on(admin.post(page(grafana, "secret"), follow=True).content.decode())
    asked = admin.post(page(grafana, "secret")).content.decode()  # pressed twice, or an old page
    assert "Replace the next secret?" in asked
    assert "The next secret that was created before stops working at once." in asked
    grafana.refresh_from_db()
    assert grafana.next_secret_digest == digest_of(first)
    assert "Replace the next secret" in read(admin, page(grafana))
    replaces = re.search('name="replaces" value="([^"]+)"', asked)
    assert replaces
    answer = admin.post(page(grafana, "secret"), {"replaces": replaces[1]}, follow=True)
    grafana.refresh_from_db()
    assert grafana.next_secret_digest == digest_of(secret_on(answer.content.decode()))
    again = admin.post(page(grafana, "secret"), {"replaces": replaces[1]})
    assert "Replace the next secret?" in again.content.decode()


def test_the_next_secret_is_shown_once_and_both_are_good(
    admin: Client, grafana: App, party: RelyingParty
) -> None:
    assert "stays valid until you end it" in read(admin, page(grafana, "secret"))
    shown = admin.post(page(grafana, "secret"), follow=True).content.decode()
    later = secret_on(shown)
    assert later not in read(admin, page(grafana))
    for secret in (SECRET, later):
        assert party.exchange(party.code(), client_secret=secret).status_code == 200
    admin.post(page(grafana, "use-next"))
    grafana.refresh_from_db()
    assert (grafana.secret_digest, grafana.next_secret_digest) == (digest_of(later), "")
    log = str([*AuditEvent.objects.values_list("before", "after")])
    assert later not in log
    assert digest_of(later) not in log


def test_there_is_nothing_to_end_without_a_next_secret(admin: Client, grafana: App) -> None:
    answer = admin.post(page(grafana, "use-next"), follow=True).content.decode()
    assert "Grafana has no next client secret." in answer
    grafana.refresh_from_db()
    assert grafana.secret_digest == digest_of(SECRET)


def test_an_app_without_a_secret_is_given_none(admin: Client, phone: App) -> None:
    answer = admin.post(page(phone, "secret"), follow=True).content.decode()
    assert "use a client secret." in answer
    phone.refresh_from_db()
    assert phone.secret_digest == ""


def test_an_app_that_becomes_public_loses_its_secret(admin: Client, grafana: App) -> None:
    admin.post(page(grafana), form_of(grafana, authentication=Authentication.NONE))
    grafana.refresh_from_db()
    assert grafana.secret_digest == ""


# The list, the switch, the end


def test_an_empty_list_has_a_button(admin: Client) -> None:
    assert "Add your first app" in read(admin, LIST)


def test_the_list_says_who_uses_each_app(
    admin: Client, grafana: App, phone: App, party: RelyingParty
) -> None:
    party.tokens()
    App.objects.filter(pk=phone.pk).update(audience="chosen", groups=["ops"])
    text = read(admin, LIST)
    assert re.search(r'field-signed_in">1<', text)
    assert re.search(r'field-who"><bdi translate="no">ops<', text)
    assert re.search(r'field-last_used nowrap">\w', text)


def test_queries_of_the_list_do_not_grow(admin: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        App.objects.create(slug=f"app-{number}", name="App", audience="chosen", groups=["ops"])
    with django_assert_max_num_queries(10):
        admin.get(LIST)


@pytest.mark.parametrize("by", ["list", "page"])
def test_a_switched_off_app_loses_its_tokens(
    admin: Client, grafana: App, party: RelyingParty, by: str
) -> None:
    tokens = party.tokens()
    if by == "list":
        admin.post(LIST, NO_ENTRY | {"form-0-id": str(grafana.pk), "_save": "Save"})
    else:
        admin.post(page(grafana), form_of(grafana, enabled=""))
    App.objects.filter(enabled=False).update(enabled=True)
    assert party.refresh(tokens["refresh_token"]).status_code == 400


def test_removing_says_what_ends(admin: Client, grafana: App, party: RelyingParty) -> None:
    party.tokens()
    text = read(admin, page(grafana, "delete"))
    assert "1 person is signed in to it now." in text
    assert App.objects.exists()
    assert admin.post(page(grafana, "delete"), {"post": "yes"}).status_code == 302
    assert not App.objects.exists()
    assert not Grant.objects.exists()
    assert "digest" not in str(AuditEvent.objects.get(action="removed").before)


def test_who_may_only_add_apps_is_sent_home_and_sees_no_secret(client: Client, bob: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename="add_app"))
    hold(client, session_token(bob))
    response = client.post(f"{ADD}?kind=grafana", FORM)
    assert response.status_code == 302
    assert response["Location"] == "/admin/"
    assert App.objects.get().name == "Grafana"


def test_who_may_only_see_apps_gets_a_page_without_a_form(
    client: Client, bob: User, grafana: App
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename="view_app"))
    hold(client, session_token(bob))
    response = client.get(page(grafana))
    assert response.status_code == 200
    assert b'name="redirect_uris"' not in response.content


def test_too_many_groups_are_refused_beside_their_field(admin: Client) -> None:
    many = " ".join(f"group-{number}" for number in range(51))
    response = admin.post(f"{ADD}?kind=grafana", FORM | {"only_groups": many})
    assert response.context["adminform"].form.errors == {
        "only_groups": ["Enter at most 50 of them."]
    }


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("secret", {"replaces": ""}),
        ("use-next", {}),
        ("who-may-use", {"audience": "everybody", "other_groups": "", "term": ""}),
    ],
)
def test_an_app_that_is_removed_meanwhile_has_no_page(
    admin: Client, grafana: App, name: str, form: dict[str, str]
) -> None:
    if name == "use-next":
        App.objects.update(next_secret_digest=digest_of("the next"))
    with before("SAVEPOINT", App.objects.all().delete):
        assert admin.post(page(grafana, name), form).status_code == 404


def test_keys_of_an_app_are_shown_and_wrong_ones_refused(admin: Client, grafana: App) -> None:
    App.objects.update(authentication="private_key_jwt", jwks={"keys": [{"kty": "EC"}]})
    assert b"&quot;kty&quot;" in admin.get(page(grafana)).content
    grafana.refresh_from_db()
    response = admin.post(page(grafana), form_of(grafana, jwks="{no json"))
    assert response.status_code == 200
