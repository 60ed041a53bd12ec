import pytest

from providers import catalogue

KINDS = catalogue.kinds()


def found(search: str) -> list[str]:
    groups = catalogue.groups(search).values()
    return [kind.id for kinds in groups for kind in kinds]


def test_every_kind_stands_in_one_group() -> None:
    assert sorted(found("")) == sorted(KINDS)


def test_well_known_kinds_come_first_and_those_that_are_not_yet_last() -> None:
    groups = list(catalogue.groups().values())
    assert [kind.id for kind in groups[0]][:3] == ["github", "google", "microsoft"]
    assert [kind.id for kind in groups[1]][:2] == ["openid_connect", "gitlab"]
    assert all(kind.not_yet for kind in groups[-1])
    assert not [kind for kinds in groups[:-1] for kind in kinds if kind.not_yet]


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
