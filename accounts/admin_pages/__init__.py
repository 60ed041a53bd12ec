"""People and their sessions in the admin, and what its pages have in common.

`accounts/admin.py`, which Django loads, registers them. Pages that ask before they do something use
`sessions.recent_sign_in`. Pages that record what they change derive from `audited.py`.
"""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest
from django.utils.safestring import SafeString

# Each returns HTML for the page of a person, "" for nothing to show. Other rooms add theirs. Each
# panel checks what the reader may see.
PANELS: list[Callable[[HttpRequest, UUID], SafeString]] = []
