import re

import pytest

from simulator.faults.registry import FAULTS, GROUPS
from simulator.process import SimulatorProcess
from tests.imports import ROOT, imports

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


@pytest.mark.parametrize("subject", sorted(SUBJECTS))
def test_a_subject_borrows_nothing_of_another(subject: str) -> None:
    modules = {module for module, _ in imports(ROOM / f"{subject}.py")}
    assert modules.isdisjoint({f"simulator.faults.{other}" for other in SUBJECTS})
