import pytest

from providers import catalogue

KINDS = catalogue.kinds()


def found(search: str) -> list[str]:
    groups = catalogue.groups(KINDS.values(), search)
    return [kind.id for group in groups for kind in group.kinds]


def test_every_kind_stands_in_one_group() -> None:
    assert sorted(found("")) == sorted(KINDS)


def test_well_known_kinds_come_first_and_those_that_are_not_yet_last() -> None:
    groups = catalogue.groups(KINDS.values())
    assert [kind.id for kind in groups[0].kinds][:3] == ["github", "google", "microsoft"]
    assert [kind.id for kind in groups[1].kinds][:2] == ["openid_connect", "gitlab"]
    assert all(kind.not_yet for kind in groups[-1].kinds)
    assert not [kind for group in groups[:-1] for kind in group.kinds if kind.not_yet]


@pytest.mark.parametrize(
    ("search", "kinds"),
    [
        ("GitHub", ["github"]),
        ("git", ["github", "gitlab"]),
        ("entra", ["microsoft"]),
        ("twitter", ["twitter_oauth2"]),
        ("red hat", ["keycloak"]),
        ("shopify", ["shopify"]),
        ("nothing of that name", []),
    ],
)
def test_a_search_finds_a_kind_by_each_of_its_names(search: str, kinds: list[str]) -> None:
    assert found(search)[: len(kinds) or None] == kinds
