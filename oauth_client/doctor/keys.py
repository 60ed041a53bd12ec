"""The keys by which ID tokens are checked (RFC 7517)."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.template.defaultfilters import pluralize

from oauth_client.doctor.findings import Findings, ok, problem, unknown, warning
from oauth_client.doctor.subject import Subject
from outgoing import json_object
from protocol.jwks import (
    FOR_ENCRYPTION,
    ProviderKey,
    UnusableKeyError,
    entries,
    provider_key,
    usable_keys,
)

FIX = "Ask whoever runs the provider to publish a key for RS256 or ES256, with a kid of its own."
KID_FIX = "Ask whoever runs the provider to give every key a kid of its own."
LEFT_OUT_FIX = "Ask whoever runs the provider about it. Signet uses the other keys."


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
        yield problem(cause, FIX, subject.server.jwks_uri)
        return
    yield from judged(json_object(response))


def judged(jwk_set: Mapping[str, Any]) -> Findings:
    """Say which keys of a set are used, and why others are not."""
    yield from _usable(usable_keys(jwk_set))
    yield from _left_out(jwk_set)


def _usable(found: list[ProviderKey]) -> Findings:
    """Judge the keys that can verify. `protocol.jwks` has what a sign-in does without a `kid`."""
    many = f"{len(found)} usable key{pluralize(found)}"
    if not found:
        yield problem("There is no key that can verify an ID token.", FIX)
    elif _twins(found):
        yield problem("Two different keys have the same kid, so Signet trusts neither.", KID_FIX)
    elif all(key.kid is not None for key in found):
        yield ok(f"{many}, told apart by kid.")
    elif len(found) == 1:
        cause = "The key has no kid, so Signet notices a new key only when a signature fails."
        yield warning(cause, KID_FIX)
    else:
        yield warning(
            "There are several keys, and not every one has a kid, so Signet tries all.", KID_FIX
        )
    if any(len(key.algorithms) > 1 for key in found):
        yield ok("A key names no alg, so Signet uses it for every algorithm of its type.")


def _twins(found: list[ProviderKey]) -> bool:
    """Tell whether two different keys share a `kid` and an algorithm."""
    named = {
        (key.kid, algorithm, key.material)
        for key in found
        for algorithm in key.algorithms
        if key.kid is not None
    }
    return any(count > 1 for count in Counter(each[:2] for each in named).values())


def _left_out(jwk_set: Mapping[str, Any]) -> Findings:
    """Warn of keys that are not used, by reason. Keys for encryption need no warning."""
    reasons: Counter[str] = Counter()
    for entry in entries(jwk_set):
        try:
            provider_key(entry)
        except UnusableKeyError as error:
            reasons[str(error)] += 1
    del reasons[FOR_ENCRYPTION]
    for reason, count in reasons.items():
        many = "A key is" if count == 1 else f"{count} keys are"
        yield warning(f"{many} left out: {reason}.", LEFT_OUT_FIX)
