from tests.oauth_client.admin_pages.conftest import admin
from tests.outgoing.conftest import serve

__all__ = ["admin", "serve"]
