"""The token endpoint fails: errors of servers and proxies, and of the connection."""

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
        "The token endpoint responds with status 500 and an HTML page.",
        everywhere("provider_unavailable"),
        html(500, "Whoops, something went wrong."),
    ),
    answered(
        "bad_gateway",
        "Bad gateway",
        "A proxy responds instead of the token endpoint, with status 502 and an HTML page.",
        everywhere("provider_unavailable"),
        html(502, "Bad Gateway"),
    ),
    answered(
        "too_many_requests",
        "Too many requests",
        "Status 429. Retry-After asks the client to wait a minute.",
        everywhere("rate_limited"),
        with_a_pause_asked_for,
    ),
    answered(
        "redirect",
        "Redirect to another host",
        "Status 307. A client that follows it sends the code and the client secret there.",
        everywhere("unexpected_redirect"),
        through_another_host(307),
    ),
    Fault(
        "slow",
        "Slow response",
        "The token endpoint responds late. After nine seconds Signet gives up.",
        unless_too_late,
        later,
        parameters=(SECONDS,),
    ),
    answered(
        "dripped_headers",
        "Endless headers",
        f"A few bytes every {wire.INTERVAL} s, without an end.",
        everywhere("timeout"),
        raw(wire.dripped_headers),
    ),
    answered(
        "dripped_body",
        "An endless body",
        f"A byte every {wire.INTERVAL} s, without an end.",
        everywhere("timeout"),
        raw(wire.dripped_body),
    ),
    answered(
        "huge",
        "A response of 300 MB",
        "The JSON has no Content-Length, and ends after 300 MB.",
        everywhere("response_too_large"),
        raw(wire.endless),
    ),
    answered(
        "no_http",
        "The server does not speak HTTP",
        "It responds as a mail server would.",
        everywhere("connection_failed"),
        raw(wire.no_http),
    ),
    answered(
        "reset",
        "Connection reset",
        "The server cuts the connection instead of responding.",
        everywhere("connection_failed"),
        raw(wire.reset),
    ),
)
