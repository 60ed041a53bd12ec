from tests.oauth_client.admin.conftest import admin
from tests.outgoing.conftest import serve

__all__ = ["admin", "serve"]
