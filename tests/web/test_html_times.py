"""Times in pages, as programs read them."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template

MOMENT = datetime(2026, 11, 24, 8, 1, 56, 123456, UTC)


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (MOMENT, "c", "2026-11-24T08:01:56+00:00"),
        (date(2026, 11, 24), "c", "2026-11-24"),
        (MOMENT, "j F Y, u", "24 November 2026, 123456"),
        (None, "c", ""),
    ],
)
def test_a_time_has_no_microseconds_where_html_allows_none(
    value: object, form: str, shown: str
) -> None:
    template = Template(f"{{{{ value|date:'{form}' }}}}")
    assert template.render(Context({"value": value})) == shown
