"""Write the entries into docs/failures.md, between its marks: `make failures`."""

import re
from pathlib import Path

from django.utils.text import capfirst

from diagnosis.entries import DIAGNOSES, Advice, Diagnosis

PAGE = Path(__file__).parent.parent / "docs" / "failures.md"
MARKED = re.compile(r"(<!-- entries: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
# The values that entries name, without a provider.
IN_GENERAL = {
    "provider": "the provider",
    "client_id": "that is entered here",
    "redirect_uri": "`BASE_URL/sign-in/SLUG/callback/`",
    "issuer": "`ISSUER`",
    "document": "`ISSUER/.well-known/openid-configuration`",
    "site": "`BASE_URL`",
    "wait": "as long as it says",
}


def write() -> None:
    """Write the entries into the page."""
    PAGE.write_text(with_entries(PAGE.read_text("utf-8")), "utf-8")


def with_entries(page: str) -> str:
    """Return the page with the entries of each group between its marks."""
    return MARKED.sub(lambda mark: f"{mark[1]}\n{_group(mark[2])}\n{mark[3]}", page)


def in_general(diagnosis: Diagnosis) -> Advice:
    """Return cause and fix of a failure at no provider in particular."""
    return diagnosis.advice.filled(IN_GENERAL)


def _group(name: str) -> str:
    entries = []
    for code, diagnosis in DIAGNOSES.items():
        if diagnosis.group == name:
            advice = in_general(diagnosis)
            fix = capfirst(f"{advice.fix} {advice.value}".strip())
            entries.append(f"### {code}\n\n{capfirst(advice.cause)}\n\n**Fix:** {fix}\n")
    return "\n".join(entries)
