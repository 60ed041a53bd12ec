"""Every kind of app: it says all that an admin has to know, and asks for no more than is safe."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.utils import translation

from oidc_provider import catalogue
from oidc_provider.catalogue import AppKind
from oidc_provider.catalogue.snippets import PLACEHOLDERS
from protocol.authorization_server.authorization_request import Pkce

KINDS = catalogue.kinds()
APP = "https://app.example.org"
SCOPES = {"openid", "profile", "email", "groups", "offline_access"}
TEXTS = ("name", "category", "where", "where_redirect_uri", "licence_note")
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)


def texts_of(kind: AppKind) -> list[str]:
    titles = [snippet.title for snippet in kind.snippets]
    return [*(getattr(kind, name) for name in TEXTS), *kind.notes, *titles]


def templates_of(kind: AppKind) -> list[str]:
    return [
        *kind.redirect_uri_templates,
        *kind.post_logout_redirect_uri_templates,
        *(snippet.text for snippet in kind.snippets),
    ]


@each_kind
def test_a_kind_says_all_that_an_admin_has_to_know(kind: AppKind) -> None:
    assert kind.name
    assert kind.where
    assert kind.source
    assert kind.snippets
    assert re.fullmatch(r"20\d\d-[01]\d", kind.checked)
    assert kind.redirect_uri_templates or kind.where_redirect_uri


@each_kind
def test_a_text_is_tidy(kind: AppKind) -> None:
    for text in filter(None, texts_of(kind)):
        assert text == " ".join(text.split())
        assert "{" not in text.replace("{kind}", "")
    for sentence in filter(None, (kind.where, kind.licence_note, *kind.notes)):
        assert sentence.endswith(".")


@each_kind
def test_a_template_has_no_placeholder_that_nobody_fills(kind: AppKind) -> None:
    for template in templates_of(kind):
        names = re.findall(r"(?<![{#$])\{([a-z_]+)\}(?!\})", template)
        assert set(names) <= {*PLACEHOLDERS, "id_token"}  # pgAdmin fills that one


@each_kind
def test_snippets_tell_the_app_who_it_is(kind: AppKind) -> None:
    text = "".join(snippet.text for snippet in kind.snippets)
    assert "{client_id}" in text
    assert ("{client_secret}" in text) is not kind.public


@each_kind
def test_redirect_uris_are_complete_addresses(kind: AppKind) -> None:
    uris = kind.redirect_uris(f"{APP}/", "signet") + kind.post_logout_redirect_uris(APP, "signet")
    for uri in uris:
        parts = urlsplit(uri)
        assert uri.startswith(APP) or parts.scheme in kind.schemes or parts.hostname == "localhost"
        assert not re.search(r"[{}#*\s\\]", uri)
        assert "//" not in parts.path
        assert "@" not in parts.netloc


@each_kind
def test_only_one_kind_keeps_no_secret(kind: AppKind) -> None:
    assert kind.public is (kind.id == "public")


def test_what_keeps_no_secret_sends_a_code_challenge() -> None:
    assert all(kind.pkce is Pkce.REQUIRED for kind in KINDS if kind.public)


@each_kind
def test_a_kind_asks_only_for_scopes_that_there_are(kind: AppKind) -> None:
    assert kind.scopes[0] == "openid"
    assert {*kind.scopes} <= SCOPES


@each_kind
def test_snippets_ask_for_the_scopes_of_their_kind(kind: AppKind) -> None:
    words = re.sub(r"[^a-z_]+", " ", "\n".join(snippet.text for snippet in kind.snippets))
    asked = re.findall(rf"openid((?: (?:{'|'.join(SCOPES)}))+)\b", words)
    for each in asked:
        assert {"openid", *each.split()} == {*kind.scopes}


@each_kind
def test_a_custom_scheme_is_no_scheme_of_the_web(kind: AppKind) -> None:
    for scheme in kind.schemes:
        assert re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme)
        assert scheme not in {"http", "https", "javascript", "data", "file", "blob", "about"}


@pytest.mark.parametrize(
    "kind_id",
    [
        *("openid_connect", "public", "grafana", "nextcloud", "gitea", "forgejo", "gitlab"),
        *("immich", "paperless", "outline", "open_webui", "portainer", "proxmox", "pgadmin"),
        *("jupyterhub", "superset", "argocd", "jenkins", "minio", "hedgedoc", "wikijs"),
        *("bookstack", "mattermost", "vaultwarden", "miniflux", "linkding", "audiobookshelf"),
        *("freshrss", "jellyfin", "home_assistant", "headscale", "harbor", "sonarqube", "sentry"),
        *("django", "django_allauth", "flask", "fastapi", "express", "nextjs", "rails"),
        *("spring_boot", "mod_auth_openidc", "oauth2_proxy"),
    ],
)
def test_the_apps_that_people_ask_for_are_there(kind_id: str) -> None:
    kind = catalogue.kind(kind_id)
    assert kind is not None
    assert kind.id == kind_id


def test_an_unknown_kind_is_none() -> None:
    assert catalogue.kind("pear") is None


def test_every_kind_has_an_id_of_its_own() -> None:
    assert len({kind.id for kind in KINDS}) == len(KINDS)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", kind.id) for kind in KINDS)


def test_a_search_finds_kinds_by_any_of_their_names() -> None:
    found = catalogue.categories("oidc-client")
    assert [kind.id for kinds in found.values() for kind in kinds] == ["public"]
    assert next(iter(catalogue.categories())) == "Any app"
    assert catalogue.categories("no such app") == {}


def test_a_label_is_part_of_a_redirect_uri_as_it_is_written_there() -> None:
    kind = catalogue.kind("gitea")
    assert kind is not None
    assert kind.takes_name
    assert kind.redirect_uris(f"{APP}/git/", "My Site") == (
        f"{APP}/git/user/oauth2/My%20Site/callback",
    )


def test_a_mark_is_a_drawing_or_a_letter() -> None:
    gitlab, gitea = catalogue.kind("gitlab"), catalogue.kind("gitea")
    assert gitlab is not None
    assert gitea is not None
    assert gitlab.mark == "marks/gitlab.svg"
    assert getattr(gitea.mark, "letter", "") == "G"


def test_the_words_of_a_kind_have_its_name() -> None:
    kind = catalogue.kind("grafana")
    assert kind is not None
    assert kind.words(kind.where) == "Set these environment variables for Grafana, then restart it."


def test_the_words_of_a_kind_are_translated() -> None:
    kind = replace(KINDS[0], name="People")
    with translation.override("de"):
        assert kind.words("Sign in") == "Anmelden"
        assert kind.words("{kind}") == "Personen"
