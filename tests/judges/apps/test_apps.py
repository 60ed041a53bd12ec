"""Clients that are not ours, each as its documentation says: in, refreshed, out, and refused."""

from collections.abc import Sequence

import pytest

from tests.judges.apps.judge import ALICE, Judge
from tests.judges.apps.person import Person
from tests.judges.apps.signet import Registration, Signet
from tests.judges.apps.table import JUDGES

pytestmark = pytest.mark.judges


def each(judges: Sequence[Judge]) -> pytest.MarkDecorator:
    """Give a test every app, and let all tests of one follow each other."""
    parameters = [pytest.param(judge, judge, id=judge.id) for judge in judges]
    return pytest.mark.parametrize(("app", "judge"), parameters, indirect=["app"], scope="module")


@each(JUDGES)
def test_signs_somebody_in_and_reads_who_it_is(
    app: Registration, judge: Judge, alice: Person
) -> None:
    sign_in(alice, app, judge)
    assert_is_alice(judge, alice, app.app + judge.me)


@each([judge for judge in JUDGES if judge.refresh])
def test_refreshes_and_refreshes_again(
    app: Registration, judge: Judge, alice: Person, signet: Signet
) -> None:
    sign_in(alice, app, judge)
    for _ in range(2):
        before = signet.redeemed(app)
        assert_is_alice(judge, alice, app.app + judge.refresh)
        assert signet.redeemed(app) == before + 1


@each([judge for judge in JUDGES if judge.refresh])
def test_refreshes_no_more_once_its_person_has_signed_out_here(
    app: Registration, judge: Judge, alice: Person
) -> None:
    sign_in(alice, app, judge)
    alice.sign_out_here()
    page = alice.look(app.app + judge.refresh)
    assert judge.ended in page.text


@each([judge for judge in JUDGES if judge.revoke])
def test_revokes_what_it_was_given(app: Registration, judge: Judge, alice: Person) -> None:
    sign_in(alice, app, judge)
    page = alice.open(app.app + judge.revoke)
    assert page.json() == [True, False]
    assert alice.is_signed_in()


@each([judge for judge in JUDGES if judge.sign_out])
def test_signs_out_here_too(app: Registration, judge: Judge, alice: Person) -> None:
    sign_in(alice, app, judge)
    assert alice.is_signed_in()
    page = alice.leave(app.app + judge.sign_out.format(app=app.app))
    assert page.url.startswith(app.app + judge.bye)
    assert not alice.is_signed_in()


@each(JUDGES)
def test_tells_somebody_who_may_not_use_it_that_access_is_denied(
    app: Registration, judge: Judge, bob: Person
) -> None:
    page = bob.open(app.app + judge.sign_in)
    assert page.status_code == 403
    page = bob.go_back(page, app.app)
    assert page.url.startswith(app.app)
    assert judge.refusal in page.text


def sign_in(person: Person, app: Registration, judge: Judge) -> None:
    page = person.open(app.app + judge.sign_in)
    assert page.ok, page.text
    assert page.url.startswith(app.app)


def assert_is_alice(judge: Judge, alice: Person, address: str) -> None:
    page = alice.open(address)
    assert page.ok, page.text
    expected, sub = {name: ALICE[name] for name in judge.claims}, alice.sub()
    reports = judge.reports(page)
    assert reports
    for claims in reports:
        assert claims.items() >= expected.items()
        assert claims.get("sub", sub) == sub
