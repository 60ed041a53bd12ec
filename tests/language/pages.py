"""The pages that the check of translations reads: every address, and what every form answers."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client

from diagnosis.entries import DIAGNOSES
from oauth_client import failures
from oauth_client.failures import Failure
from oidc_provider import catalogue as app_catalogue
from providers import catalogue
from sessions.models import User
from tests.browser.every_page.furnish import furnish
from tests.browser.every_page.rare import RARE
from tests.browser.every_page.requests import asking_for
from tests.conftest import HOST
from tests.language.texts import EDGES
from tests.sweep.addresses import REFERENCE, ROW, VALUES, filled, routes
from tests.sweep.asking import undone
from tests.sweep.forms import TYPED, forms_of

KINDS = ("github", "keycloak", "apple", "openid_connect", "microsoft")
APP_KINDS = ("openid_connect", "public", "grafana", "gitea", "nextcloud", "django")
GROUPS = ("ops", "ops&q=zzzz", "ops&q=Person", "administrators-of-everything", "nobodys")
PEOPLE = ("nobody", "visitor", "late", "admin")
MORE = {
    "nobody": (
        "/sign-in/?next=https://elsewhere.example/",
        "/nowhere/",
        asking_for("unknown"),
        "/sign-in/?next=/oauth/authorize%3Fclient_id%3Dgrafana",
        "/sign-in/failed/ABCD-2345/?next=/oauth/authorize%3Fclient_id%3Dgrafana",
    ),
    "visitor": (
        "/sign-in/?again=1",
        "/nowhere/",
        "/sign-in/?again=1&next=/oauth/authorize%3Fclient_id%3Dgrafana",
        "/account/apps/?sign_out=grafana",
        "/account/apps/?withdraw=wiki",
        "/oauth/logout?client_id=grafana",
        asking_for("wiki", prompt="consent"),
        asking_for("wiki", prompt="select_account"),
        asking_for("grafana", response_mode="form_post"),
        asking_for("closed"),
    ),
    "late": (),
    "admin": (
        "/admin/nowhere/",
        *(f"/admin/{label}/" for label in VALUES["app_label"]),
        *(f"/admin/providers/provider/add/?kind={kind}" for kind in KINDS),
        *(f"/admin/providers/provider/add/?q={words}" for words in ("hub", "zzzz")),
        *(f"/admin/oidc_provider/app/add/?kind={kind}" for kind in APP_KINDS),
        *(f"/admin/oidc_provider/app/add/?q={words}" for words in ("git", "zzzz")),
        *(f"/admin/signet_sessions/groupmembership/group/?name={each}" for each in GROUPS),
        *(f"/admin/{each}/?q=zzzz" for each in ("audit/auditevent", "attempts/signinattempt")),
        *(f"/admin/oidc_provider/appfailure/?q={each}" for each in ("zzzz", "AAAA-BBBB")),
        "/admin/attempts/signinattempt/?q=FA2L-URE4",
    ),
}


class Furnished:
    """A site in use, and what a browser of each person gets there."""

    def __init__(self) -> None:
        User.objects.create(name="Ada", username="ada", is_staff=True, is_superuser=True)
        made = furnish(users=40, attempts=1500)
        self.tokens, self.keys = made["tokens"], made["keys"]
        self.data = known_data()

    def browser(self, person: str) -> Client:
        client = Client(headers={"host": HOST}, raise_request_exception=False)
        if person in self.tokens:
            client.cookies["session"] = self.tokens[person]
        return client

    def pages(self, person: str) -> Iterator[tuple[str, str]]:
        """Give the pages of a person, each with its name."""
        for name, path in [*self.addresses(person), *((each, each) for each in MORE[person])]:
            answer = ask(lambda: self.browser(person).get(path))  # noqa: B023 - asked at once
            if is_page(answer):
                yield name, answer.content.decode()
                yield from self.answers(person, name, path)
        if person == "nobody":
            for template, context in RARE.items():
                yield template, render_to_string(template, context)
            yield from self.failures()

    def addresses(self, person: str) -> Iterator[tuple[str, str]]:
        """Give the addresses that are for this person, by their routes."""
        for route in routes():
            path = filled(route)[0].replace("/demo/", "/github/")
            model = path.split("/")[3] if path.startswith("/admin/") and ROW in path else ""
            is_admins = route.startswith("/admin/") and route != "/admin/login/"
            if person == "late" and "<object_id>/change" not in route and "account" not in route:
                continue
            if is_admins == (person == "admin"):
                yield route, path.replace(ROW, self.keys.get(model, "x"))

    def failures(self) -> Iterator[tuple[str, str]]:
        """Give the page of every failure."""
        for diagnosis in sorted(DIAGNOSES):
            browser, response = self.browser("nobody"), HttpResponse()
            failures.keep(response, Failure(REFERENCE, diagnosis, "github", used=("google",)))
            browser.cookies.update(response.cookies)
            yield "failed sign-ins", browser.get(f"/sign-in/failed/{REFERENCE}/").content.decode()

    def answers(self, person: str, name: str, path: str) -> Iterator[tuple[str, str]]:
        """Give the pages with which the forms of a page answer."""
        for form in forms_of(self.browser(person), path):
            for sent in form.sendings():
                answer = ask(lambda: self.browser(person).post(form.action, sent))  # noqa: B023
                if is_page(answer):
                    yield f"{name} > answers", answer.content.decode()


def ask(request: Callable[[], Any]) -> Any:
    """Return the answer to a request, and undo what it did. None of the site's own is a fault."""
    with undone():
        answer = request()
    assert answer.status_code < 500, answer.content[:500]
    return answer


def is_page(answer: Any) -> bool:
    is_html = answer.get("Content-Type", "").startswith("text/html")
    return is_html and not answer.streaming and "Location" not in answer


def known_data() -> set[str]:
    """Return what a page may show as it is: what rows hold, and the names of providers."""
    rows = [row for model in apps.get_models() for row in model._base_manager.values()]
    names = [catalogue.kinds()[kind].name for kind in catalogue.kinds()]
    names += [kind.name for kind in app_catalogue.kinds()]
    return {*_texts([*rows, *names, *RARE.values(), TYPED]), "Signet", settings.BASE_URL}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str | UUID):
        yield str(value).strip(EDGES)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
