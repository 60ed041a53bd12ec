"""What strangers send, drawn at random: JSON of any shape, and texts that break parsers."""

import json
from typing import Any

from hypothesis import strategies as st

# Every way to say nothing in JSON.
NOTHINGS: st.SearchStrategy[Any] = st.sampled_from([None, "", 0, False, [], {}])
ODD_TEXTS = st.sampled_from(
    [
        "\0",
        "\ud800",
        "\r\nSet-Cookie: a=b",
        "\ufeff",
        "\u202e",
        "\u3000",
        "//mallory.example",
        "https://op.example@mallory.example",
        "javascript:alert(1)",
        "٣",
        "é" * 300,
        "a" * 10_000,
        "1e400",
        "-1",
    ]
)
TEXTS = st.text(max_size=40) | ODD_TEXTS
NUMBERS = (
    st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, -1, 2**63, 10**99, 1e300])
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
VALUES = SCALARS | JSON


def members_of(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw an object with some of these members, and others, each with any value."""
    return st.dictionaries(st.sampled_from(names) | TEXTS, VALUES, max_size=8)


def encoded(value: object) -> bytes:
    """Return JSON as a server sends it: half characters as escapes."""
    return json.dumps(value).encode()
