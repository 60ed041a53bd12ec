"""What an issuer publishes, fetched anew: its discovery document, and the keys for ID tokens.

OpenID Connect Discovery §3 and §4, RFC 7517.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.template.defaultfilters import pluralize

from oauth_client.doctor.findings import (
    METHOD_FIX,
    Finding,
    Findings,
    Outcome,
    diagnosed,
    no_answer,
    ok,
    problem,
    unknown,
    warning,
)
from oauth_client.doctor.subject import Subject
from outgoing import json_object
from protocol.client_authentication import TokenEndpointAuthMethod
from protocol.discovery_address import document_of
from protocol.id_token import TENANT
from protocol.jwks import (
    FOR_ENCRYPTION,
    PUBLIC_KEY_ALGORITHMS,
    ProviderKey,
    UnusableKeyError,
    entries,
    provider_key,
)
from providers.clients.openid_connect import ISSUER
from providers.discovery import REQUIRED_ENDPOINTS, Issuer, authorization_server

LONGEST = 500  # characters of an issuer that are shown: as many as a base URL may have
RUN_FIX = "Ask whoever runs the provider to allow it."
NO_KEY = "Ask whoever runs the provider to publish a key for RS256 or ES256, with a kid of its own."
KID_FIX = "Ask whoever runs the provider to give every key a kid of its own."
LEFT_OUT_FIX = "Ask whoever runs the provider about it. Signet uses the other keys."
WORDS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("metadata.toml").read_text("utf-8")
)
# The values that Signet can use; the first is the one to ask for.
USABLE = {
    "response_types_supported": ("code",),
    "code_challenge_methods_supported": ("S256",),
    "id_token_signing_alg_values_supported": PUBLIC_KEY_ALGORITHMS,
}
AUTH_METHODS = "token_endpoint_auth_methods_supported"
# Other sites at which a kind has endpoints.
SITES = {"google": ("googleapis.com",)}  # 2026-11, its discovery document


def endpoints(subject: Subject) -> Findings:
    """Find the endpoints, which every later check needs."""
    issuer = subject.issuer
    if subject.refusal:
        yield no_answer(subject.provider, subject.refusal)
    elif issuer is None or issuer.known:
        yield ok("The addresses of this kind of provider are known; nothing has to be discovered.")
    else:
        yield from _discovered(subject, issuer)


def _discovered(subject: Subject, issuer: Issuer) -> Findings:
    response = subject.get(document_of(issuer.url), "application/json")
    if response.status_code != 200:
        detail = f"status {response.status_code}"
        yield diagnosed(subject.provider, "discovery_unreachable", detail)
        return
    document = json_object(response)
    names = issuer.names
    if document.get("issuer") not in names:
        yield _another_issuer(subject, document.get("issuer"), names)
        return
    subject.server = authorization_server(document, *names)
    yield ok(f"The discovery document is of this issuer, {document['issuer']}.")
    yield from _hosts(subject, document)
    yield from _supported(subject, document)


def _another_issuer(subject: Subject, issuer: object, names: tuple[str, ...]) -> Finding:
    """Say what differs. Issuers are compared letter by letter (§4.3)."""
    if not isinstance(issuer, str) or len(issuer) > LONGEST or not issuer.isprintable():
        return problem("The discovery document names no issuer.", RUN_FIX)
    slash = issuer.rstrip("/") in {name.rstrip("/") for name in names}
    hint = " Only the slash at the end differs." if slash else ""
    cause = f"The discovery document is of {issuer}, and {' or '.join(names)} was expected.{hint}"
    return problem(cause, _where_to_enter(subject, issuer), issuer)


def _where_to_enter(subject: Subject, issuer: str) -> str:
    """Say in which field to enter the issuer: the base URL, if its document is the same."""
    if TENANT in issuer:
        return "It serves many tenants of Microsoft: add it as the kind Microsoft."
    is_the_base_url = subject.issuer and document_of(issuer) == document_of(subject.issuer.url)
    extra = {key.name for key in subject.provider.catalogued.extra}
    is_extra = ISSUER in extra and not is_the_base_url
    field = "Issuer, under More, and keep the base URL" if is_extra else "base URL"
    return f"If that is your issuer, enter it letter by letter as the {field}."


def _hosts(subject: Subject, document: Mapping[str, Any]) -> Findings:
    """Warn of an endpoint at an unexpected site: secrets are sent there."""
    issuer = document["issuer"]
    expected = {_site(issuer), *SITES.get(subject.provider.kind, ())}
    for name in REQUIRED_ENDPOINTS:
        if _site(document[name]) not in expected:
            host = urlsplit(document[name]).hostname
            cause = f"{name} is at {host}, which is not the issuer's site."
            yield warning(cause, "See that this host is the provider's: secrets are sent to it.")


def _supported(subject: Subject, document: Mapping[str, Any]) -> Findings:
    """Compare what the provider says it can do with what a sign-in needs."""
    needed = dict(USABLE)
    if subject.registration and subject.provider.catalogued.takes_secret:
        needed[AUTH_METHODS] = (str(subject.registration.token_endpoint_auth_method),)
    for member, values in needed.items():
        words, offered = WORDS[member], _list(document, member)
        others = [method for method in TokenEndpointAuthMethod if method in offered]
        bad = words["bad"].format(value=values[0])
        if usable := [value for value in values if value in offered]:
            yield ok(words["good"].format(usable=", ".join(usable)))
        elif member == AUTH_METHODS and others:
            yield problem(bad, METHOD_FIX, str(others[0]))
        elif offered:
            yield Finding(Outcome(words["outcome"]), bad, words["fix"], values[0])
        else:
            yield unknown(words["silent"])


def _list(document: Mapping[str, Any], name: str) -> list[str]:
    value = document.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _site(url: str) -> str:
    """Return the last two labels of the host, or the whole host if it is an IP address."""
    host = urlsplit(url).hostname or ""
    labels = host.split(".")
    return host if labels[-1].isdigit() or ":" in host else ".".join(labels[-2:])


def keys(subject: Subject) -> Findings:
    """Check that there is a key, and that an ID token can name it."""
    if subject.issuer is None:
        return
    if subject.server is None:
        yield unknown(
            "Not checked: the discovery document, which has the address of the keys, is missing."
        )
        return
    response = subject.get(subject.server.jwks_uri, "application/json")
    if response.status_code != 200:
        cause = f"The address of the keys responds with status {response.status_code}."
        yield problem(cause, NO_KEY, subject.server.jwks_uri)
        return
    yield from judged(json_object(response))


def judged(jwk_set: Mapping[str, Any]) -> Findings:
    """Say which keys of a set are used, and why others are not."""
    found: dict[ProviderKey, None] = {}  # the same key may be listed twice
    reasons: Counter[str] = Counter()
    for entry in entries(jwk_set):
        try:
            found[provider_key(entry)] = None
        except UnusableKeyError as error:
            reasons[str(error)] += 1
    yield from _usable(list(found))
    del reasons[FOR_ENCRYPTION]  # that needs no warning
    for reason, count in reasons.items():
        many = "A key is" if count == 1 else f"{count} keys are"
        yield warning(f"{many} left out: {reason}.", LEFT_OUT_FIX)


def _usable(found: list[ProviderKey]) -> Findings:
    """Judge the keys that can verify. `protocol.jwks` has what a sign-in does without a `kid`."""
    named = {
        (key.kid, algorithm, key.material)
        for key in found
        for algorithm in key.algorithms
        if key.kid is not None
    }
    if not found:
        yield problem("There is no key that can verify an ID token.", NO_KEY)
    elif len({(kid, algorithm) for kid, algorithm, _ in named}) < len(named):
        yield problem("Two different keys have the same kid, so Signet trusts neither.", KID_FIX)
    elif all(key.kid is not None for key in found):
        yield ok(f"{len(found)} usable key{pluralize(found)}, told apart by kid.")
    elif len(found) == 1:
        cause = "The key has no kid, so Signet notices a new key only when a signature fails."
        yield warning(cause, KID_FIX)
    else:
        cause = "There are several keys, and not every one has a kid, so Signet tries all."
        yield warning(cause, KID_FIX)
    if any(len(key.algorithms) > 1 for key in found):
        yield ok("A key names no alg, so Signet uses it for every algorithm of its type.")
