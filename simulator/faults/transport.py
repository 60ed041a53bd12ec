"""The token endpoint on a bad day: errors of servers and proxies, and trouble on the wire."""

from simulator import wire
from simulator.faults.fault import Fault, Parameters, everywhere
from simulator.faults.misbehaviour import Misbehaviour
from simulator.faults.replies import (
    SECONDS,
    after,
    answered,
    html,
    raw,
    through_another_host,
    unless_too_late,
    with_a_pause_asked_for,
)


def later(parameters: Parameters) -> Misbehaviour:
    return Misbehaviour(token_response=after(parameters["seconds"]))


FAULTS = (
    answered(
        "server_error",
        "Server error",
        "The token endpoint answers with status 500 and an HTML page.",
        everywhere("provider_unavailable"),
        html(500, "Whoops, something went wrong."),
    ),
    answered(
        "bad_gateway",
        "Bad gateway",
        "A proxy answers in its place, with status 502 and an HTML page.",
        everywhere("provider_unavailable"),
        html(502, "Bad Gateway"),
    ),
    answered(
        "too_many_requests",
        "Too many requests",
        "Status 429, and Retry-After asks for a minute's pause.",
        everywhere("rate_limited"),
        with_a_pause_asked_for,
    ),
    answered(
        "redirect",
        "Redirect to another host",
        "Status 307: whoever follows it sends code and client secret there.",
        everywhere("unexpected_redirect"),
        through_another_host(307),
    ),
    Fault(
        "slow",
        "Slow answer",
        "The token endpoint takes its time; past nine seconds Signet gives up.",
        unless_too_late,
        later,
        parameters=(SECONDS,),
    ),
    answered(
        "dripped_headers",
        "Dripped headers",
        f"A few bytes every {wire.INTERVAL} s, and the headers never end.",
        everywhere("timeout"),
        raw(wire.dripped_headers),
    ),
    answered(
        "dripped_body",
        "Dripped body",
        f"A byte every {wire.INTERVAL} s, and the JSON never ends.",
        everywhere("timeout"),
        raw(wire.dripped_body),
    ),
    answered(
        "huge",
        "300 MB",
        "JSON whose length is not announced.",
        everywhere("response_too_large"),
        raw(wire.endless),
    ),
    answered(
        "no_http",
        "No HTTP",
        "A mail server seems to listen there.",
        everywhere("connection_failed"),
        raw(wire.no_http),
    ),
    answered(
        "reset",
        "Connection reset",
        "The connection is cut off instead of an answer.",
        everywhere("connection_failed"),
        raw(wire.reset),
    ),
)
