"""Write the entries into docs/failures.md, between its marks: `make failures`."""

import re
from pathlib import Path

from diagnosis.entries import DIAGNOSES, Diagnosis

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


def _group(name: str) -> str:
    found = [diagnosis for diagnosis in DIAGNOSES.values() if diagnosis.group == name]
    return "\n".join(map(_entry, found))


def _entry(diagnosis: Diagnosis) -> str:
    advice = diagnosis.advice.filled(IN_GENERAL)
    fix = f"{advice.fix} {advice.value}".strip()
    return f"### {diagnosis.code}\n\n{_sentence(advice.cause)}\n\n**Fix:** {_sentence(fix)}\n"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
