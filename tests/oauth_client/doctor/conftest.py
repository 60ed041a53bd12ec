from tests.oauth_client.admin.conftest import admin
from tests.oauth_client.outgoing.conftest import serve

__all__ = ["admin", "serve"]
