"""A fault: words for people, outcomes for tests, and the messages that it rewrites."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from simulator import SLUGS
from simulator.faults.misbehaviour import Misbehaviour

Parameters = Mapping[str, float]
Forecast = Callable[[Parameters], dict[str, str]]  # how a sign-in ends, by provider
SIGNED_IN = "signed_in"
STAYS_AT_PROVIDER = "stays_at_provider"
OPENID = ("google", "demo")


class Moment(StrEnum):
    """When an armed fault attaches itself to a sign-in."""

    METADATA = "metadata"  # the client reads the discovery document
    REQUEST = "request"  # the visitor arrives at the authorization endpoint
    DECISION = "decision"  # the visitor presses a button there


@dataclass(frozen=True)
class Parameter:
    """A number that a fault takes, within bounds."""

    name: str
    unit: str
    minimum: float
    maximum: float
    default: float


@dataclass(frozen=True)
class Fault:
    """One thing that a provider can do wrong.

    `outcome` is, by provider, `signed_in`, Signet's error code, or `stays_at_provider`. A provider
    that is missing there sends no such message, so the fault cannot be armed for it.
    """

    name: str
    title: str
    explanation: str
    outcome: Forecast
    misbehaviour: Callable[[Parameters], Misbehaviour]
    moment: Moment = Moment.DECISION
    parameters: tuple[Parameter, ...] = ()

    @property
    def defaults(self) -> dict[str, float]:
        return {parameter.name: parameter.default for parameter in self.parameters}

    @property
    def needs_fresh_metadata(self) -> bool:
        """Tell whether it needs a client to read the discovery document, which clients cache."""
        return self.moment is Moment.METADATA

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "title": self.title,
            "explanation": self.explanation,
            "needs_fresh_metadata": self.needs_fresh_metadata,
            "parameters": [asdict(parameter) for parameter in self.parameters],
            "outcome": self.outcome(self.defaults),
        }


def everywhere(outcome: str) -> Forecast:
    return lambda _parameters: dict.fromkeys(SLUGS, outcome)


def with_openid(outcome: str) -> Forecast:
    """Return the outcome of a fault that only an OpenID Provider can have."""
    return lambda _parameters: dict.fromkeys(OPENID, outcome)


def by_provider(**outcomes: str) -> Forecast:
    return lambda _parameters: {slug: outcomes[slug] for slug in SLUGS if slug in outcomes}


def always(misbehaviour: Misbehaviour) -> Callable[[Parameters], Misbehaviour]:
    return lambda _parameters: misbehaviour
