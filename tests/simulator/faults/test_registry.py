import re

import pytest

from simulator.faults.registry import FAULTS, GROUPS
from simulator.process import SimulatorProcess
from tests.imports import ROOT, imports
from tests.simulator.client import Client

ROOM = ROOT / "simulator" / "faults"
SUBJECTS = {name for module, name in imports(ROOM / "registry.py") if module == "simulator.faults"}


def test_every_fault_has_a_name_of_its_own_and_words_for_people() -> None:
    listed = [fault for group in GROUPS for fault in group.faults]
    assert len(listed) == len(FAULTS)
    assert len({fault.title for fault in listed}) == len(FAULTS)
    for fault in listed:
        assert re.fullmatch("[a-z0-9_]+", fault.name)
        assert fault.title
        assert fault.explanation.endswith(".")


def test_the_published_list_is_in_the_groups_of_the_page(simulator: SimulatorProcess) -> None:
    published = simulator.faults()
    assert list(published) == list(FAULTS)
    groups = dict.fromkeys(fault["group"] for fault in published.values())
    assert list(groups) == [group.title for group in GROUPS]


def test_says_which_faults_wait_for_the_discovery_document(simulator: SimulatorProcess) -> None:
    waiting = [name for name, fault in simulator.faults().items() if fault["needs_fresh_metadata"]]
    assert waiting == ["other_issuer_in_metadata", "no_token_endpoint", "untrusted_certificate"]


@pytest.mark.parametrize(
    ("fault", "slug"),
    [(name, slug) for name, fault in FAULTS.items() for slug in fault.outcome(fault.defaults)],
)
def test_one_sign_in_uses_a_fault_up_and_the_next_is_well(
    simulator: SimulatorProcess, request: pytest.FixtureRequest, fault: str, slug: str
) -> None:
    provider: Client = request.getfixturevalue(slug)
    simulator.arm(fault, slug)
    _walk(provider)
    assert simulator.overview()["armed"] == []
    assert "access_token" in provider.tokens("bob")


def _walk(provider: Client) -> None:
    """Come as far as a code, which carries the rest."""
    if provider.slug != "github":
        provider.metadata()
    page = provider.ask()
    provider.post(page.url, {"person": "alice", "decision": "allow"}, allow_redirects=False)


@pytest.mark.parametrize("subject", sorted(SUBJECTS))
def test_a_subject_borrows_nothing_of_another(subject: str) -> None:
    modules = {module for module, _ in imports(ROOM / f"{subject}.py")}
    assert modules.isdisjoint({f"simulator.faults.{other}" for other in SUBJECTS})
