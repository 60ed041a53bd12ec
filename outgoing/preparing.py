"""Prepare a request as requests does, but skip what our requests never need.

This saves two thirds of the 131 µs that requests takes for a POST (measured 2026-11). No request
has cookies: a jar has to be made to find that it is empty.
"""

import re
from collections.abc import Mapping
from typing import Any

import requests

from protocol.form_encoding import form_encoded
from protocol.token_response import FORM

# An address that requests sends as it is: lower-case host, no query, no dot before a name.
PLAIN_URL = re.compile(
    r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:(?!0)[1-5]?[0-9]{1,4})?(/[\w-][\w.-]*)+", re.ASCII
)


class PreparedRequest(requests.PreparedRequest):
    """A request. `form` has its members, if they are all that it sends."""

    form: Mapping[str, str] | None = None

    def prepare(  # type: ignore[override]  # noqa: PLR0913, PLR0917 - requests' own parameters
        self,
        method: str,
        url: str,
        headers: Mapping[str, str | bytes],
        files: Any = None,
        data: Any = None,
        params: Any = None,
        auth: Any = None,
        json: Any = None,
    ) -> None:
        """Prepare a form of texts, or a request without a body. Leave all else to requests."""
        is_form = isinstance(data, dict) and {*map(type, data.values())} == {str}
        is_plain = is_form or (not data and method == "GET")
        if not is_plain or files or params or auth or json or not PLAIN_URL.fullmatch(url):
            super().prepare(method, url, headers, files, data, params, auth, json=json)
            return
        self.method, self.url, self.body = method.upper(), url, None
        self.prepare_headers(headers)
        if is_form:
            self.form, self.body = data, form_encoded(data)
            self.headers["Content-Length"] = str(len(self.body))
            self.headers.setdefault("Content-Type", FORM)
