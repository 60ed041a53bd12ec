import pytest

from protocol.discovery_address import document_of, issuers_of, problem_of, problem_of_cloud

HOST = "https://op.example"
OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


@pytest.mark.parametrize(
    ("entered", "document"),
    [
        (HOST, f"{HOST}{OPENID}"),
        (f"{HOST}/", f"{HOST}{OPENID}"),
        (f"{HOST}/realms/one", f"{HOST}/realms/one{OPENID}"),
        (f"{HOST}{OPENID}", f"{HOST}{OPENID}"),
        (f"{HOST}{OPENID}/", f"{HOST}{OPENID}"),
        (f"{HOST}/realms/one{OPENID}", f"{HOST}/realms/one{OPENID}"),
        (f"{HOST}{OPENID}/realms/one", f"{HOST}{OPENID}/realms/one"),
        (f"{HOST}{OAUTH}/realms/one", f"{HOST}{OAUTH}/realms/one"),
        (f"{HOST}/v2.0{OPENID}?p=one", f"{HOST}/v2.0{OPENID}?p=one"),
    ],
)
def test_the_document_is_below_the_issuer_or_where_it_was_entered(
    entered: str, document: str
) -> None:
    assert document_of(entered) == document


@pytest.mark.parametrize(
    ("entered", "issuers"),
    [
        (HOST, (HOST,)),
        (f"{HOST}/", (f"{HOST}/",)),
        (f"{HOST}{OPENID}", (HOST, f"{HOST}/")),
        (f"{HOST}{OPENID}/", (HOST, f"{HOST}/")),
        (f"{HOST}/realms/one{OPENID}", (f"{HOST}/realms/one", f"{HOST}/realms/one/")),
        (f"{HOST}{OPENID}/realms/one", (f"{HOST}/realms/one", f"{HOST}/realms/one/")),
        (f"{HOST}{OAUTH}/realms/one/", (f"{HOST}/realms/one", f"{HOST}/realms/one/")),
        (f"{HOST}/v2.0{OPENID}?p=one", (f"{HOST}/v2.0", f"{HOST}/v2.0/")),
    ],
)
def test_the_address_of_a_document_says_its_issuer_but_for_a_slash(
    entered: str, issuers: tuple[str, ...]
) -> None:
    assert issuers_of(entered) == issuers


@pytest.mark.parametrize("entered", [HOST, f"{HOST}{OPENID}", f"{HOST}/one{OAUTH}", "https://x"])
def test_an_issuer_and_the_address_of_its_document_are_both_good(entered: str) -> None:
    assert problem_of(entered, "Auth0", is_discovered=True) == ""


@pytest.mark.parametrize(
    "entered", [f"{HOST}/.well-known", f"{HOST}/.well-known/", f"{HOST}/.well-known/jwks.json"]
)
def test_another_document_is_no_address_of_an_issuer(entered: str) -> None:
    assert problem_of(entered, "Auth0", is_discovered=True) == (
        f"Enter the issuer, or the address of its discovery document: {HOST}{OPENID}"
    )


@pytest.mark.parametrize("is_discovered", [True, False])
def test_an_issuer_has_no_query(is_discovered: bool) -> None:
    problem = problem_of(f"{HOST}/?p=1", "Auth0", is_discovered=is_discovered)
    assert problem == "It must be an address without a question mark and what follows it."


def test_a_kind_without_a_document_needs_the_address_of_its_server() -> None:
    problem = problem_of(f"{HOST}{OPENID}", "GitHub", is_discovered=False)
    assert problem == "This is the address of a document; GitHub needs that of the server: " + HOST
    assert problem_of(HOST, "GitHub", is_discovered=False) == ""


CLOUD = "https://login.microsoftonline.us"


@pytest.mark.parametrize(
    "entered",
    [
        f"{CLOUD}/common/v2.0{OPENID}",
        f"{CLOUD}/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0",
        f"{CLOUD}/organizations/",
        f"{CLOUD}?tenant=common",
        f"{CLOUD}/team.onmicrosoft.com/v2.0/",
        f"{CLOUD}{OPENID}",
    ],
)
def test_no_tenant_belongs_to_the_address_of_a_cloud(entered: str) -> None:
    problem = problem_of_cloud(entered)
    assert problem == f"Enter {CLOUD} alone: the tenant has a field of its own."


@pytest.mark.parametrize("entered", ["", CLOUD, f"{CLOUD}/", "https://gateway.example/entra"])
def test_a_national_cloud_is_entered_by_its_address(entered: str) -> None:
    assert problem_of_cloud(entered) == ""
