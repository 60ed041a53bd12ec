import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from protocol.absent_values import DISCOVERY
from protocol.discovery_address import document_of, issuers_of, problem_of
from protocol.errors import AuthorizationRequestError
from protocol.jws.strict_json import MalformedError, json_value
from providers.discovery import authorization_server, is_endpoint
from tests.properties.strategies import JSON, NOTHINGS, TEXTS, VALUES, encoded, members_of

ISSUER = "https://op.example"
NEEDED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}
OPTIONAL = sorted(set(DISCOVERY) - set(NEEDED))
SEGMENTS = st.lists(
    st.sampled_from([".well-known", "openid-configuration", "oauth-authorization-server", "a", ""]),
    max_size=5,
).map("/".join)
ADDRESSES = st.builds(
    "https://op.example/{}{}".format, SEGMENTS, st.sampled_from(["", "/", "?p=1"])
)


@given(st.binary(max_size=80) | JSON.map(encoded))
def test_any_bytes_are_strict_json_or_refused(raw: bytes) -> None:
    try:
        value = json_value(raw)
    except MalformedError:
        return
    assert json_value(encoded(value)) == value


@given(JSON)
def test_json_is_read_as_it_was_written(value: object) -> None:
    written = json.dumps(value)
    assert json_value(written.encode()) == json.loads(written)


@given(members_of(*DISCOVERY))
def test_any_document_is_of_this_issuer_or_refused(changes: dict[str, Any]) -> None:
    try:
        server = authorization_server(NEEDED | changes, ISSUER)
    except AuthorizationRequestError:
        return
    assert server.issuer == ISSUER
    for url in (server.authorization_endpoint, server.token_endpoint, server.jwks_uri):
        assert url.startswith("https://")
        assert url.isascii()
        assert url.isprintable()
    for url in (server.userinfo_endpoint, server.revocation_endpoint):
        assert url == "" or url.startswith("https://")


@given(
    st.dictionaries(st.sampled_from(OPTIONAL), NOTHINGS),
    st.dictionaries(TEXTS.filter(lambda name: name not in DISCOVERY), VALUES, max_size=4),
)
def test_a_good_document_stays_good_with_members_that_say_nothing(
    nothings: dict[str, Any], others: dict[str, Any]
) -> None:
    server = authorization_server(others | NEEDED | nothings, ISSUER)
    assert (server.token_endpoint, server.userinfo_endpoint) == (f"{ISSUER}/token", "")
    assert not server.promises_iss


@given(TEXTS | ADDRESSES)
def test_any_text_may_be_asked_whether_it_is_an_address(text: str) -> None:
    assert not is_endpoint(text) or text.lower().startswith(("https://", "http://"))
    assert isinstance(problem_of(text, "Demo", is_discovered=True), str)
    assert issuers_of(text)


@given(ADDRESSES)
def test_a_document_that_is_entered_is_the_one_of_its_issuer(address: str) -> None:
    assume(problem_of(address, "Demo", is_discovered=True) == "")
    document = document_of(address)
    assert document_of(document) == document
    assume("?" not in address and ".well-known" not in address)
    assert address in issuers_of(document) or address.rstrip("/") in issuers_of(document)
