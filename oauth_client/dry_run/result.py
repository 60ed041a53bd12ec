"""What a dry run has found, kept for ten minutes for the session of the admin who began it."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.cache import caches

from attempts.hops import as_json, from_json
from diagnosis import Diagnosis
from outgoing.trace import Hop, Recorder

LIFETIME = 600  # seconds


@dataclass(frozen=True)
class AskedRule:
    """One access rule as it was asked: what it is about, what came out, what it is there for."""

    name: str
    finding: str
    effect: str
    is_deciding: bool = False


@dataclass(frozen=True)
class PlannedSignIn:
    """What the sign-in would have come to: a profile, an account, a decision, a JWT's payload."""

    profile: dict[str, Any]
    person: str
    is_new: bool
    obstacle: str  # a diagnosis, or ""
    decision: str  # in plain words
    rules: tuple[AskedRule, ...]
    groups: tuple[str, ...]
    claims: dict[str, Any]  # none where no JWT would be issued


@dataclass(frozen=True)
class DryRun:
    """A dry run that has ended. Its messages are redacted as those of every sign-in."""

    hops: str
    diagnosis: Diagnosis | None = None  # where it failed
    welcome: str = ""  # whom the rules let in that refused
    outcome: PlannedSignIn | None = None
    unvouched_domain: str = ""  # of an address called proven, for which the provider may not vouch
    email_problem: str = ""  # why what the provider tells is taken for no address
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def messages(self) -> tuple[Hop, ...]:
        return from_json(self.hops)

    @classmethod
    def of(cls, recorder: Recorder, **found: Any) -> "DryRun":
        noted = {name: getattr(recorder, name) for name in ("unvouched_domain", "email_problem")}
        return cls(as_json(recorder.hops), **noted, **found)


def keep(sid: str, result: DryRun) -> str:
    """Keep a result for this session; returns the key that its page has in its address."""
    key = secrets.token_urlsafe(9)
    caches["traces"].set(_name(sid, key), result, LIFETIME)
    return key


def find(sid: str, key: str) -> DryRun | None:
    """Return what a dry run of this session has found, None when it is gone or not its own."""
    found: DryRun | None = caches["traces"].get(_name(sid, key))
    return found


def _name(sid: str, key: str) -> str:
    """Return a name of the length that every cache takes, whatever was typed as a key."""
    return f"dry-run:{sid}:{hashlib.sha256(key.encode()).hexdigest()}"
