"""Prepare a request as requests does, but skip what our requests never need.

This saves two thirds of the 131 µs that requests takes for a POST (measured 2026-11).
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import requests

from outgoing.redaction import UNRESERVED
from protocol.token_response import FORM

# An address that requests sends as it is: lower-case host, no query, no dot before a name.
PLAIN_URL = re.compile(
    r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:(?!0)[1-5]?[0-9]{1,4})?(/[\w-][\w.-]*)+", re.ASCII
)


class PreparedRequest(requests.PreparedRequest):
    """A request without cookies. `form` has its members, if they are all that it sends."""

    form: Mapping[str, str] | None = None

    def prepare_url(self, url: Any, params: Any) -> None:
        if params or not PLAIN_URL.fullmatch(url):
            super().prepare_url(url, params)
        else:
            self.url = url

    def prepare_cookies(self, cookies: Any) -> None:
        """Add none: a jar has to be made to find that it is empty."""

    def prepare_body(self, data: Any, files: Any, json: Any = None) -> None:
        """Add the body. A form whose values are texts needs no look at what else they could be."""
        if not data or not isinstance(data, dict) or {*map(type, data.values())} != {str}:
            super().prepare_body(data, files, json)
            return
        form = "&".join(
            "=".join(each if UNRESERVED.fullmatch(each) else quote_plus(each) for each in member)
            for member in data.items()
        )
        self.form = data
        super().prepare_body(form, files, json)
        self.headers.setdefault("Content-Type", FORM)
