"""The simulator's own pages, for people: what there is, and what will go wrong."""

from dataclasses import dataclass
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from simulator.avatars import avatar
from simulator.faults.armed import ArmedFault, UnusableFaultError, armed_fault
from simulator.faults.fault import SIGNED_IN, STAYS_AT_PROVIDER, Fault
from simulator.faults.registry import FAULTS, GROUPS, Group
from simulator.people import CAST, PEOPLE
from simulator.providers.base import Provider
from simulator.providers.registry import PROVIDERS
from simulator.stage import stage

STATIC = Path(__file__).parent / "static"
STATIC_FILES = {"simulator.css": "text/css; charset=utf-8", "simulator.svg": "image/svg+xml"}
SHOWN_REQUESTS = 12
TIMES = {"1": 1, "3": 3, "10": 10, "cleared": None}  # as the form puts it


@dataclass(frozen=True)
class Ending:
    """How a sign-in ends, and at which providers; "" for all of them."""

    where: str
    words: str


@dataclass(frozen=True)
class FaultRow:
    fault: Fault
    endings: list[Ending]


@dataclass(frozen=True)
class GroupRow:
    """A heading and the faults under it."""

    title: str
    rows: list[FaultRow]


@dataclass(frozen=True)
class ArmedRow:
    armed: ArmedFault
    provider: Provider | None  # None for all
    endings: list[Ending]


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Show the front page; arm or clear faults by its form."""
    if request.method == "GET":
        return _home(request)
    try:
        _apply(request.POST)
    except UnusableFaultError as error:
        return _home(request, problem=str(error))
    return HttpResponseRedirect("/", status=303)


def _apply(form: QueryDict) -> None:
    if form.get("action") == "clear":
        stage.faults.clear()
        return
    name = form.get("fault", "")
    if not name:
        raise UnusableFaultError("Choose what should go wrong.", sorted(FAULTS))
    names = [each.name for each in FAULTS[name].parameters] if name in FAULTS else []
    texts = {each: form.get(f"{name}.{each}", "") for each in names}
    parameters = {each: _number(text) for each, text in texts.items() if text}
    times = TIMES.get(form.get("times", "1"), 1)
    stage.faults.arm(armed_fault(name, form.get("provider", ""), times, parameters))


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _home(request: HttpRequest, problem: str = "") -> HttpResponse:
    context = {
        "providers": PROVIDERS,
        "people": CAST,
        "groups": [_group_row(group) for group in GROUPS],
        "armed": [_armed_row(armed) for armed in stage.faults.all()],
        "requests": stage.received_requests.latest(SHOWN_REQUESTS),
        "problem": problem,
    }
    return render(request, "home.html", context, status=400 if problem else 200)


def _group_row(group: Group) -> GroupRow:
    rows = [FaultRow(fault, _endings(fault.outcome(fault.defaults))) for fault in group.faults]
    return GroupRow(group.title, rows)


def _armed_row(armed: ArmedFault) -> ArmedRow:
    provider = next((each for each in PROVIDERS if each.slug == armed.provider), None)
    return ArmedRow(armed, provider, _endings(armed.outcome))


def _endings(outcome: dict[str, str]) -> list[Ending]:
    """Put an outcome into words, once for all providers that agree."""
    words = {SIGNED_IN: "signed in", STAYS_AT_PROVIDER: "stays at the provider"}
    names: dict[str, list[str]] = {}
    for provider in PROVIDERS:
        if provider.slug in outcome:
            names.setdefault(outcome[provider.slug], []).append(provider.name)
    return [
        Ending("" if len(agreed) == len(PROVIDERS) else " and ".join(agreed), words.get(end, end))
        for end, agreed in names.items()
    ]


@require_GET
def picture(_request: HttpRequest, person_id: str) -> HttpResponse:
    """Send the avatar of a person, or of an organisation."""
    if person_id not in PEOPLE and not _is_organisation(person_id):
        raise Http404
    number = list(PEOPLE).index(person_id) if person_id in PEOPLE else 0
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse(avatar(person_id, number), "image/png", headers=headers)


def _is_organisation(login: str) -> bool:
    return any(login in person.github.organisations for person in CAST)


@require_GET
def static_file(_request: HttpRequest, name: str) -> HttpResponse:
    """Send one of the files of a closed list."""
    if name not in STATIC_FILES:
        raise Http404
    headers = {"Cache-Control": "public, max-age=300"}
    return HttpResponse((STATIC / name).read_bytes(), STATIC_FILES[name], headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(
        request, "error.html", {"title": "The request could not be understood"}, status=400
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "error.html", {"title": "This page does not exist"}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(
        request, "error.html", {"title": "Something went wrong in the simulator"}, status=500
    )
