from tests.oidc_provider.admin_pages.conftest import admin
from tests.outgoing.conftest import serve

__all__ = ["admin", "serve"]
