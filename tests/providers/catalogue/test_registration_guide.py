"""What the catalogue says of registering at a provider is whole, and honest where it is general."""

import pytest

from providers import catalogue

ADDABLE = catalogue.addable_kinds()
DESCRIBED = (*catalogue.WELL_KNOWN, *catalogue.OWN_SERVERS)
PROMISED = [
    "github",
    "google",
    "gitlab",
    "microsoft",
    "apple",
    "discord",
    "slack",
    "linkedin_oauth2",
    "facebook",
    "twitter_oauth2",
    "bitbucket_oauth2",
    "auth0",
    "okta",
    "keycloak",
    "authentik",
    "openid_connect",
]


def test_the_well_known_are_described() -> None:
    described = [kind.id for kind in ADDABLE if not kind.guide.is_general]
    assert sorted(described) == sorted(DESCRIBED) == sorted(PROMISED)


def test_the_steps_of_a_kind_say_all_that_it_needs() -> None:
    for kind in ADDABLE:
        guide = kind.guide
        text = " ".join([*guide.steps, guide.client_id, guide.client_secret])
        assert 3 <= len(guide.steps) <= 6, kind.id
        assert all(step.endswith(".") and step.count("*") % 2 == 0 for step in guide.steps)
        assert "redirect URI" in text, kind.id
        assert "base URL" in text or not kind.needs_base_url, kind.id
        for key in kind.extra:
            assert key.label.lower() in text.lower() or key.name == "private_key", kind.id


@pytest.mark.parametrize("kind_id", DESCRIBED)
def test_a_kind_with_an_address_says_what_to_enter(kind_id: str) -> None:
    kind = catalogue.kind(kind_id)
    assert bool(kind.guide.base_url) is (kind.takes_base_url and kind_id != "google")


@pytest.mark.parametrize(
    ("kind_id", "base_url", "console"),
    [
        ("github", "", "https://github.com/settings/developers"),
        ("github", "https://ghe.example/", "https://ghe.example/settings/developers"),
        ("keycloak", "https://kc.example/realms/team", "https://kc.example/admin/"),
        ("keycloak", "", ""),
        ("openid_connect", "https://op.example", ""),
        ("discord", "", "https://discord.com/developers/applications"),
        ("zoom", "", ""),
    ],
)
def test_the_developer_console_is_where_the_provider_is(
    kind_id: str, base_url: str, console: str
) -> None:
    assert catalogue.kind(kind_id).console_url(base_url) == console


@pytest.mark.parametrize(
    ("kind_id", "texts"),
    [
        ("zoom", ["*client ID* and the *client secret*"]),
        ("nextcloud", ["*client ID* and the *client secret*", "*base URL*"]),
    ],
)
def test_a_kind_that_is_not_described_gets_steps_that_hold_for_every_provider(
    kind_id: str, texts: list[str]
) -> None:
    guide = catalogue.kind(kind_id).guide
    assert guide.is_general
    assert all(text in " ".join(guide.steps) for text in texts)


@pytest.mark.parametrize("kind_id", PROMISED)
def test_every_scope_of_the_well_known_has_its_reason(kind_id: str) -> None:
    reasons = catalogue.reasons_for(catalogue.kind(kind_id).scope)
    assert reasons
    assert not [name for name, reason in reasons if "by default" in reason]


def test_a_scope_that_we_do_not_know_is_not_explained_away() -> None:
    (reason,) = catalogue.reasons_for(("all:of:it",))
    assert reason == ("all:of:it", "requested by default")


@pytest.mark.parametrize(
    ("kind_id", "base_url", "url"),
    [
        ("github", "", "https://github.com/settings/connections/applications/an%2Fid"),
        (
            "github",
            "https://g.example/",
            "https://g.example/settings/connections/applications/an%2Fid",
        ),
        ("google", "", "https://myaccount.google.com/connections"),
        ("google", "https://accounts.google.com", "https://myaccount.google.com/connections"),
        ("google", "https://g.example", ""),
        (
            "keycloak",
            "https://k.example/realms/r",
            "https://k.example/realms/r/account/applications",
        ),
        ("spotify", "", "https://www.spotify.com/account/apps/"),
        ("openid_connect", "https://id.example", ""),
    ],
)
def test_people_take_back_access_where_the_provider_is(
    kind_id: str, base_url: str, url: str
) -> None:
    assert catalogue.kind(kind_id).grants_url("an/id", base_url) == url
