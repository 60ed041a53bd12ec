"""The keys by which ID tokens are checked (RFC 7517)."""

from oauth_client.doctor.findings import Findings, ok, problem, unknown, warning
from oauth_client.doctor.subject import Subject
from oauth_client.jwks import ProviderKey, usable_keys
from oauth_client.outgoing import json_object

FIX = "Have whoever runs the provider publish a key of its own kid for RS256 or ES256."


def keys(subject: Subject) -> Findings:
    """See that there is a key, and that an ID token can name the one that it means."""
    if subject.issuer is None:
        return
    if subject.server is None:
        yield unknown("Where the keys are stands in the discovery document.")
        return
    response = subject.get(subject.server.jwks_uri, "application/json")
    if response.status_code != 200:
        cause = f"The address of the keys answers {response.status_code}."
        yield problem(cause, FIX, subject.server.jwks_uri)
        return
    yield from _judged(usable_keys(json_object(response)))


def _judged(found: list[ProviderKey]) -> Findings:
    named = [(key.kid, key.algorithms) for key in found if key.kid is not None]
    if not found:
        yield problem("There is no key that can verify an ID token.", FIX)
    elif len(set(named)) < len(named):
        yield problem("Two keys have the same kid, so it says nothing.", FIX)
    elif len(named) < len(found) > 1:
        yield warning("There are several keys, and not each has a kid.", FIX)
    else:
        yield ok(f"{len(found)} usable key{'' if len(found) == 1 else 's'}, told apart by kid.")
