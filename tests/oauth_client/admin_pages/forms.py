"""What an admin's browser sends when a provider is added or changed."""

from providers.models import Provider
from tests.fakes import ISSUER
from tests.providers.clients.answers.entry import APPLE_EXTRA

LIST = "/admin/providers/provider/"
ADD = f"{LIST}add/"
NO_RULES = {
    "who_may_sign_in": "anyone",
    "access_rules-TOTAL_FORMS": "0",
    "access_rules-INITIAL_FORMS": "0",
}
FORM = NO_RULES | {
    "kind": "openid_connect",
    "slug": "demo",
    "name": "Demo",
    "client_id": " client-1 ",
    "client_secret": " the client secret\n",
    "base_url": ISSUER,
    "enabled": "on",
    "position": "0",
}
APPLE = {"kind": "apple", "slug": "apple", "name": "Apple", "client_secret": "", "base_url": ""} | {
    f"extra_{name}": value for name, value in APPLE_EXTRA.items()
}
MICROSOFT = {"kind": "microsoft", "slug": "ms", "name": "Microsoft", "base_url": ""}


def change(provider: Provider) -> str:
    return f"{LIST}{provider.pk}/change/"
