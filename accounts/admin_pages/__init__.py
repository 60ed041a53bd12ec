"""People and their sessions in the admin, and what its pages have in common.

`accounts/admin.py`, which Django loads, registers them. Pages that ask before they do something use
`sessions.recent_sign_in`. Pages that record what they change derive from `audited.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.safestring import SafeString

# Each returns HTML for the page of a person, "" for nothing to show. Other rooms add theirs. Each
# panel checks what the reader may see.
PANELS: list[Callable[[HttpRequest, UUID], SafeString]] = []
# Pages below that of a person, by the last part of their address. They get the `ModelAdmin`, the
# request and the person, and are open to admins who may change people and have signed in recently.
PAGES: dict[str, Callable[[Any, HttpRequest, Any], HttpResponse]] = {}


@dataclass(frozen=True)
class GroupPart:
    """What another room knows of groups: a column of their list, and a part of a group's page."""

    title: Promise
    empty: Promise  # for the page of a group that it knows nothing of
    numbers: Callable[[], Mapping[str, int]]  # of what it has, by group
    links: Callable[[HttpRequest, str], Sequence[tuple[str, str]]]  # address, "" for none; words


GROUP_PARTS: list[GroupPart] = []
