"""What an admin's browser sends when an app is added or changed."""

from typing import Any

from django.test import Client

from oidc_provider.models import App

LIST = "/admin/oidc_provider/app/"
ADD = f"{LIST}add/"
FORM: dict[str, Any] = {
    "kind": "grafana",
    "slug": "grafana",
    "name": "Grafana",
    "launch_url": "https://grafana.example/",
    "redirect_uris": "",
    "post_logout_redirect_uris": "",
    "authentication": "secret",
    "jwks": "",
    "pkce": "required",
    "scopes": ["profile", "email", "groups"],
    "audiences": "",
    "claims_in_id_token": "on",
    "is_of_team": "on",
    "enabled": "on",
    "only_groups": "",
}


def page(app: App, name: str = "change") -> str:
    return f"{LIST}{app.pk}/{name}/"


def form_of(app: App, **changes: Any) -> dict[str, Any]:
    """Return the form of a stored app as its page has it."""
    stored = {
        "name": app.name,
        "launch_url": app.launch_url,
        "redirect_uris": "\r\n".join(app.redirect_uris),
        "post_logout_redirect_uris": "\r\n".join(app.post_logout_redirect_uris),
        "authentication": app.authentication,
        "pkce": app.pkce,
        "scopes": [scope for scope in app.scopes if scope != "openid"],
    }
    return FORM | stored | changes


def shown_on(admin: Client, address: str, **query: str) -> dict[str, Any]:
    """Return what a browser would send from a page as it is: only the fields that it shows."""
    page: Any = admin.get(address, query)
    shown = page.context_data["adminform"]
    names = [name for part in shown for line in part for name in line.fields]
    values = {name: shown.form[name].value() for name in names if name in shown.form.fields}
    boxes = [*dict(shown.form.fields["scopes"].choices)]
    values["scopes"] = [scope for scope in values["scopes"] if scope in boxes]
    return {name: value for name, value in values.items() if value not in (None, False)}
