"""The faults: a closed list, each with the outcome that people and tests expect of Signet."""

from dataclasses import dataclass

from simulator.faults import (
    authorization,
    id_token,
    metadata,
    profile,
    token,
    transport,
    visitor,
)
from simulator.faults.fault import Fault


@dataclass(frozen=True)
class Group:
    """Faults of one subject, in the order of the flow."""

    title: str
    faults: tuple[Fault, ...]


GROUPS = (
    Group("The visitor", visitor.FAULTS),
    Group("The way there and back", authorization.FAULTS),
    Group("The token answer", token.FAULTS),
    Group("Trouble on the wire", transport.FAULTS),
    Group("The ID token", id_token.FAULTS),
    Group("Keys and discovery", metadata.FAULTS),
    Group("The provider's API", profile.FAULTS),
)
FAULTS = {fault.name: fault for group in GROUPS for fault in group.faults}
