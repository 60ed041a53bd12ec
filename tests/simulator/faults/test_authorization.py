import pytest

from simulator.process import SimulatorProcess
from tests.simulator.client import Client, query


@pytest.mark.parametrize(
    ("fault", "parameter", "value"),
    [
        ("no_code", "code", None),
        ("no_state", "state", None),
        ("other_state", "state", "a-state-of-somebody-else"),
        ("other_issuer_in_response", "iss", "https://issuer.example"),
        ("no_issuer_in_response", "iss", None),
        ("unavailable", "error", "temporarily_unavailable"),
    ],
)
def test_the_visitor_comes_back_with(
    simulator: SimulatorProcess, provider: Client, fault: str, parameter: str, value: str | None
) -> None:
    well = query(provider.decide())
    simulator.arm(fault, provider.slug)
    response = query(provider.decide())
    assert response.get(parameter) == value
    unchanged = {"state", "iss", "code"} - {parameter}
    if fault != "unavailable":
        assert {name for name in well if name in unchanged} <= response.keys()
    else:
        assert "code" not in response


def test_detour_leads_through_another_host_and_back(
    simulator: SimulatorProcess, provider: Client
) -> None:
    simulator.arm("detour", times=None)

    elsewhere = provider.ask().headers["Location"]
    page = provider.get(elsewhere, allow_redirects=False)
    form = {"person": "alice", "decision": "allow"}
    back = provider.post(elsewhere, form, allow_redirects=False)

    assert elsewhere.startswith("http://localhost:")
    assert page.status_code == 200
    assert "access_token" in provider.redeem(query(back)["code"]).json()
