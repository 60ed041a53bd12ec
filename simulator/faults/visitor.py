"""Who is at the provider's page, and what the provider believes about them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.endpoints.messages import Decision
from simulator.faults.fault import (
    SIGNED_IN,
    Fault,
    Forecast,
    always,
    by_provider,
    everywhere,
    with_openid,
)
from simulator.faults.misbehaviour import Misbehaviour
from simulator.people import Person

Rename = Callable[[Any], Any]
LONG = 300  # characters; OpenID Connect Core §2 allows 255


def denied(decision: Decision) -> Decision:
    return replace(decision, allowed=False)


def without_email(person: Person) -> Person:
    github = replace(person.github, shows_email=False)
    return replace(person, email="", email_verified=False, github=github)


def with_unverified_email(person: Person) -> Person:
    return replace(person, email_verified=False)


def identified_by(rename: Rename) -> Misbehaviour:
    """Rewrite GitHub's `id` and OpenID Connect's `sub`, wherever they are sent."""

    def rewritten(person: Person) -> Person:
        return replace(
            person,
            github=replace(person.github, id=rename(person.github.id)),
            google_sub=rename(person.google_sub),
            demo_sub=rename(person.demo_sub),
        )

    return Misbehaviour(person=rewritten)


def identity(name: str, title: str, explanation: str, outcome: Forecast, rename: Rename) -> Fault:
    return Fault(name, title, explanation, outcome, always(identified_by(rename)))


REFUSED = "subject_invalid"

FAULTS = (
    Fault(
        "deny",
        "The visitor denies",
        "Whatever the visitor chooses on the provider's page counts as Deny.",
        everywhere("access_denied"),
        always(Misbehaviour(decision=denied)),
    ),
    Fault(
        "no_email",
        "No email address",
        "The provider sends no address.",
        everywhere(SIGNED_IN),
        always(Misbehaviour(person=without_email)),
    ),
    Fault(
        "unverified_email",
        "Email address not verified",
        "The provider has not verified the address. It must not count as verified here either.",
        everywhere(SIGNED_IN),
        always(Misbehaviour(person=with_unverified_email)),
    ),
    identity(
        "null_id",
        "id: null",
        "GitHub's id, or the sub, is null. Try it with two people: they must not become one.",
        everywhere(REFUSED),
        lambda _id: None,
    ),
    identity(
        "empty_id", "An empty id", "The id is an empty string.", everywhere(REFUSED), lambda _id: ""
    ),
    identity(
        "list_id",
        "The id as a list",
        "The id is a list with one member.",
        everywhere(REFUSED),
        lambda id_: [id_],
    ),
    identity(
        "number_sub",
        "sub as a number",
        "OpenID Connect Core §2 requires a string.",
        with_openid(REFUSED),
        lambda _sub: 70100101,
    ),
    identity(
        "long_sub",
        f"sub of {LONG} characters",
        "OpenID Connect Core §2 allows 255.",
        with_openid(REFUSED),
        lambda sub: str(sub).ljust(LONG, "x"),
    ),
    identity(
        "text_id",
        "id as text",
        "GitHub's id must be a number.",
        by_provider(github=REFUSED),
        str,
    ),
    identity(
        "zero_id", "id: 0", "GitHub's first id was 1.", by_provider(github=REFUSED), lambda _id: 0
    ),
    identity(
        "negative_id",
        "A negative id",
        "The id is -1. GitHub counts upwards.",
        by_provider(github=REFUSED),
        lambda _id: -1,
    ),
)
