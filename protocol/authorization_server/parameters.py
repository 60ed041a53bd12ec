"""The parameters of a request, each of which may come once (RFC 6749 §3.1, §3.2)."""

from collections.abc import Collection, Mapping, Sequence

from protocol.authorization_server.errors import Refusal, RefusedRequestError

SEVERAL = ("resource",)  # RFC 8707 §2
Parameters = Mapping[str, Sequence[str]]


def once(parameters: Parameters, known: Collection[str]) -> dict[str, str]:
    """Return the known parameters that have a value. Those that we do not know are ignored."""
    found: dict[str, str] = {}
    for name in known:
        values = parameters.get(name, ())
        if len(values) > 1:
            raise RefusedRequestError(Refusal.PARAMETER_REPEATED, parameter=name)
        if values and values[0]:
            found[name] = values[0]
    return found
