"""Write the entries into docs/failures.md, between its marks: `make failures`."""

import re
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from diagnosis.entries import DIAGNOSES, Advice, Diagnosis, Words
from diagnosis.refusals import REFUSALS
from protocol.authorization_server.errors import SAID, Refusal

PAGE = Path(__file__).parent.parent / "docs" / "failures.md"
MARKED = re.compile(r"(<!-- entries: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
OF_APPS = "of_apps"  # the mark of the refusals
# The values that entries name, without a provider.
IN_GENERAL = {
    "provider": _("the provider"),
    "client_id": "`CLIENT_ID`",
    "redirect_uri": "`BASE_URL/sign-in/SLUG/callback/`",
    "issuer": "`ISSUER`",
    "document": "`ISSUER/.well-known/openid-configuration`",
    "site": "`BASE_URL`",
    "wait": _("a few minutes"),
}
FOR_VISITORS = IN_GENERAL | {
    "email": _("your address"),
    "used": _("another provider"),
    "rule": _("people who match an access rule"),
}


def write() -> None:
    """Write the entries into the page."""
    PAGE.write_text(with_entries(PAGE.read_text("utf-8")), "utf-8")


def with_entries(page: str) -> str:
    """Return the page with the entries of each group between its marks."""
    return MARKED.sub(lambda mark: f"{mark[1]}\n{_entries(mark[2])}\n{mark[3]}", page)


def in_general(diagnosis: Diagnosis) -> Advice:
    """Return cause and fix of a failure at no provider in particular, in Markdown."""
    return diagnosis.advice.filled(IN_GENERAL)


def in_general_on_page(diagnosis: Diagnosis) -> Advice:
    """Return the same as HTML with the address of this site, for a page in the admin."""
    values = {name: str(value).strip("`") for name, value in IN_GENERAL.items()}
    advice = diagnosis.advice.on_page(values | {"site": settings.BASE_URL})
    return replace(advice, value=advice.value.replace("BASE_URL", settings.BASE_URL))


def words_in_general(diagnosis: Diagnosis) -> Words:
    """Return what a visitor reads after this failure."""
    return diagnosis.words.filled(FOR_VISITORS)


def _entries(name: str) -> str:
    return _refusals() if name == OF_APPS else _group(name)


def _refusals() -> str:
    """List the causes of each error that an app gets."""
    causes: dict[str, list[str]] = {}
    for code in REFUSALS:
        causes.setdefault(SAID[Refusal(code)].error, []).append(f"`{code}`")
    return "".join(f"- `{error}`: {', '.join(codes)}\n" for error, codes in causes.items())


def _group(name: str) -> str:
    entries = []
    for code, diagnosis in DIAGNOSES.items():
        if diagnosis.group == name:
            advice = in_general(diagnosis)
            fix = f"{advice.fix} {advice.value}".strip()
            entries.append(f"### {code}\n\n{advice.cause}\n\n**Fix:** {fix}\n")
    return "\n".join(entries)
