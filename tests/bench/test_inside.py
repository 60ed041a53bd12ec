"""What the benchmark replaces in the site, and what it says of functions."""

from bench import inside
from bench.sites import ROOT
from oauth_client import views


def test_measures_a_sign_in_of_which_nothing_is_kept() -> None:
    kept = vars(views)["record"]
    with inside._unrecorded():
        assert vars(views)["record"] is not kept
    assert vars(views)["record"] is kept


def test_a_profile_marks_our_functions() -> None:
    assert inside._place(f"{ROOT}/config/wsgi.py", 7, "site") == "* config/wsgi.py:7 site"
    installed = f"{ROOT}/.venv/lib/python3/site-packages/django/http/request.py"
    assert inside._place(installed, 9, "path") == "  django/http/request.py:9 path"
    assert inside._place("~", 0, "<built-in method len>") == "  <built-in method len>"
