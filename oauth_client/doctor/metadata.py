"""What an issuer publishes, fetched anew: its discovery document, and the keys for ID tokens.

OpenID Connect Discovery §3 and §4, RFC 7517.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop as _

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
ISSUER_FIX = _("Check that the base URL is correct.")
KEYS_FIX = _("Ask the provider why this address doesn't work:")
NO_KEY = _("Ask the provider to publish a key for RS256 or ES256 with its own kid.")
KID_FIX = _("Ask the provider to give every key its own kid.")
LEFT_OUT_FIX = _("Signet uses the other keys. Ask the provider about this one.")
HOST_FIX = _("Check that this host belongs to the provider, because Signet sends secrets to it.")
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
        yield ok(_("Signet already knows the addresses of this kind of provider."))
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
    values = {"issuer": document["issuer"]}
    yield ok(_("The discovery document belongs to the issuer {issuer}."), values=values)
    yield from _hosts(subject, document)
    yield from _supported(subject, document)


def _another_issuer(subject: Subject, issuer: object, names: tuple[str, ...]) -> Finding:
    """Say what differs. Issuers are compared letter by letter (§4.3)."""
    if not isinstance(issuer, str) or len(issuer) > LONGEST or not issuer.isprintable():
        return problem(_("The discovery document names no issuer."), ISSUER_FIX)
    cause = _("The discovery document belongs to {issuer}, but Signet expects {expected}.")
    if issuer.rstrip("/") in {name.rstrip("/") for name in names}:
        cause = _("The issuer is {issuer}, not {expected}. Only the slash at the end differs.")
    values = {"issuer": issuer, "expected": " / ".join(names)}
    return problem(cause, _where_to_enter(subject, issuer), issuer, values)


def _where_to_enter(subject: Subject, issuer: str) -> str:
    """Say in which field to enter the issuer: the base URL, if its document is the same."""
    if TENANT in issuer:
        return _("This issuer is for all tenants of Microsoft. Add Microsoft instead.")
    is_the_base_url = subject.issuer and document_of(issuer) == document_of(subject.issuer.url)
    extra = {key.name for key in subject.provider.catalogued.extra}
    is_extra = ISSUER in extra and not is_the_base_url
    if is_extra:
        return _(
            "If that is your issuer, keep the base URL, and enter exactly this as the Issuer, under"
            " More:"
        )
    return _("If that is your issuer, enter exactly this as the base URL:")


def _hosts(subject: Subject, document: Mapping[str, Any]) -> Findings:
    """Warn of an endpoint at an unexpected site: secrets are sent there."""
    issuer = document["issuer"]
    expected = {_site(issuer), *SITES.get(subject.provider.kind, ())}
    for name in REQUIRED_ENDPOINTS:
        if _site(document[name]) not in expected:
            host = urlsplit(document[name]).hostname
            cause = _("{endpoint} is at {host}, which isn't the issuer's site.")
            yield warning(cause, HOST_FIX, values={"endpoint": name, "host": str(host)})


def _supported(subject: Subject, document: Mapping[str, Any]) -> Findings:
    """Compare what the provider says it can do with what a sign-in needs."""
    needed = dict(USABLE)
    if subject.registration and subject.provider.catalogued.takes_secret:
        needed[AUTH_METHODS] = (str(subject.registration.token_endpoint_auth_method),)
    for member, values in needed.items():
        words, offered = WORDS[member], _list(document, member)
        others = [method for method in TokenEndpointAuthMethod if method in offered]
        named = {"value": values[0]}
        if usable := [value for value in values if value in offered]:
            yield ok(words["good"], values={"usable": ", ".join(usable)})
        elif member == AUTH_METHODS and others:
            yield problem(words["bad"], METHOD_FIX, str(others[0]), named)
        elif offered:
            yield Finding(Outcome(words["outcome"]), words["bad"], words["fix"], values[0], named)
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
        yield unknown(_("This can't be checked without the discovery document."))
        return
    response = subject.get(subject.server.jwks_uri, "application/json")
    if response.status_code != 200:
        status = f"status {response.status_code}"
        cause = _("Signet couldn't fetch the provider's keys.")
        yield problem(cause, KEYS_FIX, subject.server.jwks_uri, detail=status)
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
        cause = _("Keys that Signet can't use: {count}.")
        yield warning(cause, LEFT_OUT_FIX, values={"count": count}, detail=reason)


def _usable(found: list[ProviderKey]) -> Findings:
    """Judge the keys that can verify. `protocol.jwks` has what a sign-in does without a `kid`."""
    named = {
        (key.kid, algorithm, key.material)
        for key in found
        for algorithm in key.algorithms
        if key.kid is not None
    }
    if not found:
        yield problem(_("The provider publishes no key that can verify an ID token."), NO_KEY)
    elif len({(kid, algorithm) for kid, algorithm, _ in named}) < len(named):
        cause = _("Two different keys have the same kid, so Signet accepts neither.")
        yield problem(cause, KID_FIX)
    elif all(key.kid is not None for key in found):
        yield ok(_("Keys that Signet can use: {count}."), values={"count": len(found)})
    elif len(found) == 1:
        cause = _("The key has no kid, so Signet notices a new key only when a signature fails.")
        yield warning(cause, KID_FIX)
    else:
        cause = _("Some of the keys have no kid, so Signet tries all of them.")
        yield warning(cause, KID_FIX)
    if any(len(key.algorithms) > 1 for key in found):
        yield ok(_("A key has no alg, so Signet uses it for every algorithm of its type."))
