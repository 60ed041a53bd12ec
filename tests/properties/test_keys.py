from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oauth_client.doctor.metadata import judged
from protocol.absent_values import KEY
from protocol.jwks import PUBLIC_KEY_ALGORITHMS, KeySet, usable_keys
from tests.properties.strategies import NOTHINGS, VALUES, members_of
from tests.protocol.signed import KEYS, OTHER_KEY, jwk_of, public_jwk

GOOD = [jwk_of(algorithm) for algorithm in KEYS]
MEMBERS = members_of(*KEY, "crv", "n", "e", "x", "y", "k")
ODD_NUMBERS = st.sampled_from(["", "AA", "AQ", "AQAB", "_" * 4000, "!", "é"])
ENTRIES = st.builds(
    lambda jwk, changes, numbers: jwk | changes | numbers,
    st.sampled_from([*GOOD, {}]),
    MEMBERS,
    st.dictionaries(st.sampled_from(["n", "e", "x", "y"]), ODD_NUMBERS, max_size=2),
)
OFFERED = {"kid": "ES256", "alg": "ES256"}
OTHERS = [public_jwk(OTHER_KEY, kid="ES256"), public_jwk(OTHER_KEY, kid="other")]


@given(st.lists(ENTRIES | VALUES, max_size=4))
def test_any_key_set_has_public_keys_of_known_types_alone(entries: list[Any]) -> None:
    for key in usable_keys({"keys": entries}):
        assert key.algorithms
        assert set(key.algorithms) <= set(PUBLIC_KEY_ALGORITHMS)
        assert key.kid is None or key.kid
    assert list(judged({"keys": entries}))


@given(members_of("keys"))
def test_any_object_is_a_key_set(document: dict[str, Any]) -> None:
    KeySet().followed_by(document, 0.0, 3600.0).fitting(OFFERED, 0.0)


@given(
    st.lists(
        ENTRIES.filter(lambda entry: entry.get("kid") != "ES256") | VALUES.filter(lambda v: not v),
        max_size=3,
    ),
    st.integers(1, 3),
    st.dictionaries(st.sampled_from(["use", "alg", "key_ops", "issuer"]), NOTHINGS),
)
def test_a_good_key_stays_good_among_others_and_more_than_once(
    others: list[Any], times: int, nothings: dict[str, Any]
) -> None:
    entries = [*others, *[jwk_of("ES256") | nothings] * times, *others]
    (key,) = KeySet(tuple(usable_keys({"keys": entries}))).fitting(OFFERED, 0.0)
    assert key.key == KEYS["ES256"].public_key()


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from([*GOOD, *OTHERS]), max_size=3), st.floats(0, 5000)),
        min_size=1,
        max_size=6,
    )
)
def test_of_all_sets_that_came_a_kid_means_one_key_and_the_newest(
    sets: list[tuple[list[Any], float]],
) -> None:
    known, now = KeySet(), 0.0
    for entries, seconds in sets:
        now += seconds
        known = known.followed_by({"keys": entries}, now, 3600.0)
    newest = KeySet().followed_by({"keys": sets[-1][0]}, 0.0, 0.0).fitting(OFFERED, 0.0)
    fitting = known.fitting(OFFERED, now)
    assert len(fitting) <= 1
    assert not newest or fitting == newest
