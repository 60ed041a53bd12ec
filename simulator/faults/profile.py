"""The API that identifies the person: GitHub's `/user`, or the userinfo endpoint.

Signet does not request Google's userinfo, because Google's ID token has all claims. So a fault
there changes nothing.
"""

from django.http import HttpRequest, HttpResponse

from simulator import wire
from simulator.faults.fault import (
    SIGNED_IN,
    Fault,
    Forecast,
    Parameters,
    always,
    by_provider,
)
from simulator.faults.misbehaviour import Misbehaviour, Reply
from simulator.faults.replies import (
    DEPTH,
    SECONDS,
    after,
    html,
    nested,
    only_at,
    raw,
    refused,
    unless_too_late,
    with_a_pause_asked_for,
    with_body,
)


def where_asked(outcome: str) -> Forecast:
    return by_provider(github=outcome, google=SIGNED_IN, demo=outcome)


def as_a_list(_request: HttpRequest, response: HttpResponse) -> HttpResponse:
    return HttpResponse(b"[" + response.content + b"]", "application/json")


def slow_unless_google(parameters: Parameters) -> dict[str, str]:
    return unless_too_late(parameters) | {"google": SIGNED_IN}


def slowly(parameters: Parameters) -> Misbehaviour:
    return Misbehaviour(api_response=after(parameters["seconds"]))


def api_fault(name: str, title: str, explanation: str, outcome: Forecast, reply: Reply) -> Fault:
    return Fault(name, title, explanation, outcome, always(Misbehaviour(api_response=reply)))


FAULTS = (
    Fault(
        "other_sub_in_userinfo",
        "Another sub in userinfo",
        "The userinfo endpoint sends a different sub from the ID token.",
        by_provider(google=SIGNED_IN, demo="subject_mismatch"),
        always(Misbehaviour(userinfo=lambda members: members | {"sub": "somebody-else"})),
    ),
    api_fault(
        "api_unauthorized",
        "The API refuses the token",
        "Status 401.",
        where_asked("profile_refused"),
        refused(401),
    ),
    api_fault(
        "api_forbidden",
        "The API refuses the request",
        "Status 403.",
        where_asked("profile_refused"),
        refused(403),
    ),
    api_fault(
        "api_limit",
        "GitHub's rate limit",
        "Status 403, as for a refusal, but X-RateLimit-Remaining is 0.",
        by_provider(github="rate_limited"),
        refused(403, X_RateLimit_Remaining="0"),
    ),
    api_fault(
        "api_too_many_requests",
        "The API got too many requests",
        "Status 429. Retry-After asks the client to wait a minute.",
        where_asked("rate_limited"),
        with_a_pause_asked_for,
    ),
    api_fault(
        "no_emails_page",
        "GitHub lists no addresses",
        "GitHub has no page of addresses for an application without the scope user:email.",
        by_provider(github=SIGNED_IN),
        only_at("/user/emails", refused(404)),
    ),
    api_fault(
        "api_server_error",
        "The API fails",
        "Status 500 and an HTML page.",
        where_asked("provider_unavailable"),
        html(500, "Whoops, something went wrong."),
    ),
    api_fault(
        "api_html",
        "The API responds with HTML",
        "Status 200 and the sign-in page of a proxy.",
        where_asked("response_not_json"),
        html(200, "Welcome to our network"),
    ),
    api_fault(
        "api_list",
        "The API responds with a list",
        "The list holds the profile.",
        where_asked("profile_malformed"),
        as_a_list,
    ),
    api_fault(
        "api_deep_json",
        "The API sends deeply nested JSON",
        f"{DEPTH:,} lists inside each other.",
        where_asked("response_not_json"),
        with_body(nested(DEPTH)),
    ),
    Fault(
        "api_slow",
        "The API is slow",
        "The API responds late. After nine seconds Signet gives up.",
        slow_unless_google,
        slowly,
        parameters=(SECONDS,),
    ),
    api_fault(
        "api_huge",
        "The API sends 300 MB",
        "The JSON has no Content-Length, and ends after 300 MB.",
        where_asked("response_too_large"),
        raw(wire.endless),
    ),
    api_fault(
        "api_reset",
        "The API resets the connection",
        "The server cuts the connection instead of responding.",
        where_asked("connection_failed"),
        raw(wire.reset),
    ),
)
