"""The pages of an app in the admin: choose a kind, paste what it needs, say who may use it.

Other modules of this room add to the page of an app when the site starts.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.safestring import SafeString

from oauth_client.admin_pages.tools import Tool
from oidc_provider.models import App

# Each returns HTML for the page of an app, "" for nothing to show. Each checks what the reader may
# see.
PANELS: list[Callable[[HttpRequest, App], SafeString]] = []
# Each returns what stands beside the title of the page of an app.
TOOLS: list[Callable[[HttpRequest, App], list[Tool]]] = []
# Each gets the admin of apps, and returns more pages of it.
URLS: list[Callable[[Any], list[URLPattern]]] = []
