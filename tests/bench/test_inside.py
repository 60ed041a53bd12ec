"""What the benchmark replaces in the site is there to be replaced."""

from bench import inside
from oauth_client import views


def test_measures_a_sign_in_of_which_nothing_is_kept() -> None:
    kept = vars(views)["record"]
    with inside._unrecorded():
        assert vars(views)["record"] is not kept
    assert vars(views)["record"] is kept
