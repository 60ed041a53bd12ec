"""Faults that wait for a sign-in: at one provider or all, a few times or until cleared."""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator import SLUGS
from simulator.faults.fault import Fault, Moment, Parameter, Parameters
from simulator.faults.misbehaviour import NOTHING, Misbehaviour
from simulator.faults.registry import FAULTS

ALL_PROVIDERS = "*"
MOST_TIMES = 1000


class UnusableFaultError(ValueError):
    """A fault that cannot be armed like this. `allowed` says what is possible."""

    def __init__(self, sentence: str, allowed: object) -> None:
        super().__init__(sentence)
        self.allowed = allowed


@dataclass(frozen=True)
class ArmedFault:
    fault: Fault
    provider: str  # a slug, or "*"
    times: int | None  # sign-ins left; None until cleared
    parameters: Parameters

    def fits(self, slug: str, moment: Moment) -> bool:
        return slug in self.outcome and self.fault.moment is moment

    @property
    def outcome(self) -> dict[str, str]:
        outcome = self.fault.outcome(self.parameters)
        return {slug: end for slug, end in outcome.items() if self.is_for(slug)}

    def is_for(self, slug: str) -> bool:
        return self.provider in (slug, ALL_PROVIDERS)

    def as_json(self) -> dict[str, object]:
        return {
            "fault": self.fault.name,
            "provider": self.provider,
            "times": self.times,
            "parameters": dict(self.parameters),
            "needs_fresh_metadata": self.fault.needs_fresh_metadata,
            "outcome": self.outcome,
        }


def armed_fault(
    fault: object, provider: object, times: object, parameters: Mapping[str, object]
) -> ArmedFault:
    """Validate a fault to be armed; missing `parameters` take their defaults."""
    if not isinstance(fault, str) or fault not in FAULTS:
        raise UnusableFaultError("There is no such fault.", sorted(FAULTS))
    if provider not in (*SLUGS, ALL_PROVIDERS):
        raise UnusableFaultError("There is no such provider.", [*SLUGS, ALL_PROVIDERS])
    if times is not None and (type(times) is not int or not 1 <= times <= MOST_TIMES):
        sentence = "“times” must be a whole number of sign-ins, or null (until cleared)."
        raise UnusableFaultError(sentence, {"minimum": 1, "maximum": MOST_TIMES})
    armed = ArmedFault(FAULTS[fault], str(provider), times, _numbers(FAULTS[fault], parameters))
    if not armed.outcome:
        sentence = f"“{fault}” cannot happen at {provider}, which sends no such message."
        raise UnusableFaultError(sentence, [*armed.fault.outcome(armed.parameters), ALL_PROVIDERS])
    return armed


def _numbers(fault: Fault, given: Mapping[str, object]) -> dict[str, float]:
    known = {parameter.name: parameter for parameter in fault.parameters}
    if unknown := sorted(set(given) - set(known)):
        sentence = f"“{fault.name}” does not take {', '.join(unknown)}."
        raise UnusableFaultError(sentence, sorted(known))
    return fault.defaults | {name: _number(known[name], value) for name, value in given.items()}


def _number(parameter: Parameter, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = math.nan
    if not parameter.minimum <= value <= parameter.maximum:
        sentence = f"“{parameter.name}” must be a number of {parameter.unit}."
        bounds = {"minimum": parameter.minimum, "maximum": parameter.maximum}
        raise UnusableFaultError(sentence, bounds)
    return value


class ArmedFaults:
    """The queue. A sign-in takes the oldest fault that fits, those with a number of times first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[ArmedFault] = []

    def arm(self, armed: ArmedFault) -> None:
        with self._lock:
            self._armed.append(armed)

    def attach(self, slug: str, moment: Moment) -> Misbehaviour:
        """Return what goes wrong in the sign-in that has reached this moment."""
        with self._lock:
            fitting = [armed for armed in self._armed if armed.fits(slug, moment)]
            chosen = min(fitting, key=lambda armed: armed.times is None, default=None)
            if chosen is None:
                return NOTHING
            self._count_down(chosen)
            return chosen.fault.misbehaviour(chosen.parameters)

    def waiting_for(self, slug: str) -> list[ArmedFault]:
        return [armed for armed in self.all() if slug in armed.outcome]

    def all(self) -> list[ArmedFault]:
        with self._lock:
            return list(self._armed)

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def _count_down(self, chosen: ArmedFault) -> None:
        if chosen.times is None:
            return
        index = next(i for i, armed in enumerate(self._armed) if armed is chosen)
        rest = [replace(chosen, times=chosen.times - 1)] if chosen.times > 1 else []
        self._armed[index : index + 1] = rest
