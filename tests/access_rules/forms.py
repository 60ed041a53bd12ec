"""The form of a provider with rules, as an admin posts it."""

from providers.models import Provider
from tests.oauth_client.admin_pages.forms import FORM


def form_with(provider: Provider, policy: str, *rules: tuple[str, str]) -> dict[str, str]:
    """Return the provider's form with this choice and these new rules."""
    form = FORM | {"base_url": "", "client_secret": "", "who_may_sign_in": policy}
    form |= {"access_rules-TOTAL_FORMS": str(len(rules)), "name": provider.name}
    for number, (kind, value) in enumerate(rules):
        row = {"kind": kind, "value": value, "groups": "", "position": "0"}
        form |= {f"access_rules-{number}-{name}": text for name, text in row.items()}
    return form
