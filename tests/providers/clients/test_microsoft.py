"""What Microsoft does otherwise: an issuer for each tenant."""

from dataclasses import replace
from typing import Any

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from providers.clients.openid_connect import PERSONAL_ACCOUNTS
from tests.fakes import failure_code
from tests.providers.clients.answers.entry import TENANT, Answers, OpenID
from tests.providers.clients.answers.openid import MICROSOFT

pytestmark = pytest.mark.django_db
OTHER = "11111111-2222-3333-4444-555555555555"


def many_tenants(tenant: str = "common") -> Answers:
    server = MICROSOFT.server
    assert isinstance(server, OpenID)
    base = "https://login.microsoftonline.com"
    own = replace(
        server,
        discovery=f"{base}/{tenant}/v2.0",
        document_issuer=f"{base}/{{tenantid}}/v2.0",
    )
    return replace(MICROSOFT, server=own, row={"extra": {"tenant": tenant}})


@pytest.mark.parametrize("tenant", ["common", "organizations"])
@responses.activate
def test_many_tenants_each_have_their_own_issuer(client: Client, tenant: str) -> None:
    provider = many_tenants(tenant)
    provider.add()
    assert provider.sign_in(client) == "/account/"
    assert SocialAccount.objects.get().uid == MICROSOFT.told.sub


@pytest.mark.parametrize(
    "claims",
    [
        {"tid": OTHER},
        {"iss": f"https://login.microsoftonline.com/{OTHER}/v2.0"},
        {"iss": "https://login.microsoftonline.com/{tenantid}/v2.0"},
        {"iss": "https://mallory.example/v2.0", "tid": "../mallory.example"},
        {"iss": "https://login.microsoftonline.com/common/v2.0", "tid": "common"},
        {"tid": ["x"]},
    ],
    ids=str,
)
@responses.activate
def test_an_issuer_that_is_not_the_tenants_is_refused(
    client: Client, caplog: pytest.LogCaptureFixture, claims: dict[str, Any]
) -> None:
    provider = many_tenants()
    provider.add()
    provider.sign_in(client, **claims)
    assert failure_code(caplog.text) == "issuer_mismatch"


@pytest.mark.parametrize(
    ("key_issuer", "goes_in"),
    [
        ("https://login.microsoftonline.com/{tenantid}/v2.0", True),
        (f"https://login.microsoftonline.com/{TENANT}/v2.0", True),
        (f"https://login.microsoftonline.com/{PERSONAL_ACCOUNTS}/v2.0", False),
        ("https://mallory.example/{tenantid}/v2.0", False),
    ],
)
@responses.activate
def test_a_key_signs_for_the_tenants_alone_that_it_is_for(
    client: Client, caplog: pytest.LogCaptureFixture, key_issuer: str, goes_in: bool
) -> None:
    provider = many_tenants()
    assert isinstance(provider.server, OpenID)
    provider = replace(provider, server=replace(provider.server, key_issuer=key_issuer))
    provider.add()
    assert (provider.sign_in(client) == "/account/") is goes_in
    assert goes_in or failure_code(caplog.text) == "issuer_mismatch"


@responses.activate
def test_one_tenant_lets_nobody_of_another_in(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    MICROSOFT.add()
    issuer = f"https://login.microsoftonline.com/{OTHER}/v2.0"
    MICROSOFT.sign_in(client, iss=issuer, tid=OTHER)
    assert failure_code(caplog.text) == "issuer_mismatch"


@responses.activate
def test_personal_accounts_are_a_tenant_of_their_own(client: Client) -> None:
    server = MICROSOFT.server
    assert isinstance(server, OpenID)
    assert PERSONAL_ACCOUNTS == "9188040d-6c67-4c5b-b112-36a304b66dad"  # everywhere the same
    own = replace(server, issuer=f"https://login.microsoftonline.com/{PERSONAL_ACCOUNTS}/v2.0")
    row = {"extra": {"tenant": "consumers"}}
    provider = replace(MICROSOFT, server=own, row=row)
    provider.add()
    assert provider.sign_in(client, tid=PERSONAL_ACCOUNTS) == "/account/"
