import ssl
from urllib.parse import urlsplit

import jwt
import pytest
import requests

from simulator.process import SimulatorProcess
from tests.simulator.client import Client


def test_a_rotated_key_has_joined_the_published_ones(
    simulator: SimulatorProcess, issuer: Client
) -> None:
    [before] = issuer.jwks()
    simulator.arm("rotated_key", issuer.slug)
    token = issuer.tokens()["id_token"]
    after = [key["kid"] for key in issuer.jwks()]
    assert after == [before["kid"], issuer.unverified(token)[0]["kid"]]
    assert issuer.id_token(token)["sub"]
    assert issuer.id_token(issuer.tokens()["id_token"])["sub"]  # the old one signs again


def test_an_unpublished_key_stays_unpublished(simulator: SimulatorProcess, issuer: Client) -> None:
    simulator.arm("unpublished_key", issuer.slug)
    header, _ = issuer.unverified(issuer.tokens()["id_token"])
    assert header["kid"] not in [key["kid"] for key in issuer.jwks()]


def test_two_different_keys_have_one_kid(simulator: SimulatorProcess, issuer: Client) -> None:
    simulator.arm("twin_kid", issuer.slug)
    token = issuer.tokens()["id_token"]
    kid = issuer.unverified(token)[0]["kid"]
    one, other = (key for key in issuer.jwks() if key["kid"] == kid)
    assert one != other
    assert _verifies(token, one)
    assert not _verifies(token, other)


def test_a_secret_is_published_beside_the_key_that_signs(
    simulator: SimulatorProcess, issuer: Client
) -> None:
    simulator.arm("oct_key", issuer.slug)
    token = issuer.tokens()["id_token"]
    assert [key["kty"] for key in issuer.jwks()].count("oct") == 1
    assert issuer.id_token(token)["sub"]


def test_a_published_secret_signs(simulator: SimulatorProcess, issuer: Client) -> None:
    simulator.arm("published_secret_as_key", issuer.slug)
    token = issuer.tokens()["id_token"]
    header, _ = issuer.unverified(token)
    assert header["alg"] == "HS256"
    assert _verifies(token, issuer.key(header["kid"]))


def test_a_broken_key_is_published_beside_the_one_that_signs(
    simulator: SimulatorProcess, issuer: Client
) -> None:
    simulator.arm("broken_key", issuer.slug)
    token = issuer.tokens()["id_token"]
    _, broken, good = issuer.jwks()
    assert _verifies(token, good)
    with pytest.raises(jwt.InvalidKeyError):
        jwt.PyJWK(broken)


def test_a_reset_forgets_the_keys_of_faults(simulator: SimulatorProcess, issuer: Client) -> None:
    simulator.arm("rotated_key", issuer.slug)
    issuer.tokens()
    simulator.reset()
    assert len(issuer.jwks()) == 1


def test_one_reading_of_the_discovery_document_is_wrong(
    simulator: SimulatorProcess, issuer: Client
) -> None:
    simulator.arm("other_issuer_in_metadata", issuer.slug)
    assert issuer.metadata()["issuer"] == "https://issuer.example"
    assert issuer.metadata()["issuer"] == issuer.base_url


def test_the_discovery_document_lacks_its_token_endpoint(
    simulator: SimulatorProcess, issuer: Client
) -> None:
    simulator.arm("no_token_endpoint", issuer.slug)
    assert "token_endpoint" not in issuer.metadata()
    assert "token_endpoint" in issuer.metadata()


def test_the_token_endpoint_has_a_certificate_that_signed_itself(
    simulator: SimulatorProcess, issuer: Client
) -> None:
    simulator.arm("untrusted_certificate", issuer.slug)
    issuer.token_endpoint = issuer.metadata()["token_endpoint"]
    with pytest.raises(requests.exceptions.SSLError, match="self.signed certificate"):
        issuer.redeem(issuer.code())


def test_who_trusts_that_certificate_finds_the_provider_behind_it(
    simulator: SimulatorProcess, issuer: Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    simulator.arm("untrusted_certificate", issuer.slug)
    issuer.token_endpoint = issuer.metadata()["token_endpoint"]
    endpoint = urlsplit(issuer.token_endpoint)
    trusted = tmp_path_factory.mktemp("tls") / "trusted.pem"
    address = (str(endpoint.hostname), int(endpoint.port or 0))
    trusted.write_text(ssl.get_server_certificate(address))
    issuer.http.verify = str(trusted)
    assert "access_token" in issuer.redeem(issuer.code()).json()


@pytest.mark.parametrize("fault", ["rotated_key", "untrusted_certificate", "alg_none"])
def test_github_has_neither_keys_nor_discovery(simulator: SimulatorProcess, fault: str) -> None:
    url = f"{simulator.url}/control/faults"
    response = requests.post(url, json={"fault": fault, "provider": "github"}, timeout=5)
    assert response.status_code == 400
    assert response.json() == {
        "error": f"“{fault}” cannot happen at github, which sends no such message.",
        "allowed": ["google", "demo", "*"],
    }


def _verifies(token: str, key: dict[str, object]) -> bool:
    try:
        jwt.PyJWS().decode(token, jwt.PyJWK(key), [str(key["alg"])])
    except jwt.InvalidSignatureError:
        return False
    return True
