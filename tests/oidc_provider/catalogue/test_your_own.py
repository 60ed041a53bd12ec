"""The snippets for one's own app, run as they are: somebody signs in at a simulated provider."""

import asyncio
import shlex
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from httpx import ASGITransport, AsyncClient

from oidc_provider import catalogue
from oidc_provider.catalogue import Format, Values
from simulator.process import SimulatorProcess
from tests.oidc_provider.catalogue.values import USUAL

APP = "http://localhost:8100"


@pytest.fixture
def values(simulated_providers: SimulatorProcess) -> Values:
    """The simulated OpenID Provider, in the place of ours."""
    given = simulated_providers.providers()["demo"]
    simulated_providers.register("demo", f"{APP}/callback")
    return replace(
        USUAL,
        issuer=given["base_url"],
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        app=APP,
        redirect_uri="",
    )


def app_of(kind_id: str, values: Values, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the snippets of a kind: the environment first, then the code."""
    kind = catalogue.kind(kind_id)
    assert kind is not None
    texts = {snippet.format: snippet.text for snippet in kind.snippets_with(values)}
    for line in shlex.split(texts[Format.ENV]):
        monkeypatch.setenv(*line.split("=", 1))
    module = {"__name__": "app"}
    exec(compile(texts[Format.PYTHON], "app.py", "exec"), module)
    return module["app"]


def come_back(simulator: SimulatorProcess, location: str) -> str:
    """Choose alice at the provider; return the path and query of the way back."""
    sent = dict(parse_qsl(urlsplit(location).query))
    assert sent["code_challenge_method"] == "S256"
    assert {*sent["scope"].split()} == {"openid", "profile", "email"}
    back = simulator.choose(location)
    assert back is not None
    assert back.startswith(f"{APP}/callback?")
    return back.removeprefix(APP)


def test_flask_signs_somebody_in(
    simulated_providers: SimulatorProcess, values: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = app_of("flask", values, monkeypatch).test_client()
    location = browser.get("/sign-in").headers["Location"]
    answer = browser.get(come_back(simulated_providers, location))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    with browser.session_transaction() as session:
        assert session["person"]["sub"] == simulated_providers.people()["alice"]["demo"]["sub"]


@pytest.mark.filterwarnings("ignore:The httpx module is deprecated")
def test_fastapi_signs_somebody_in(
    simulated_providers: SimulatorProcess, values: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of("fastapi", values, monkeypatch)

    async def sign_in() -> tuple[int, str]:
        async with AsyncClient(transport=ASGITransport(app), base_url=APP) as browser:
            location = (await browser.get("/sign-in")).headers["Location"]
            answer = await browser.get(come_back(simulated_providers, location))
        return answer.status_code, answer.headers["Location"]

    assert asyncio.run(sign_in()) == (307, "/")
