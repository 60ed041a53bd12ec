"""An admin adds an app by `manage.py app add`, perhaps with a key in the place of the secret."""

import json
from io import StringIO

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from django.core.management import call_command
from jwt.algorithms import RSAAlgorithm

from oidc_provider import catalogue, setting_up
from oidc_provider.models import App, Authentication
from tests.judges.apps.signet import Registration

GROUP = "staff"  # whose members may use every app


def add(
    slug: str,
    kind_id: str,
    address: str,
    paths: tuple[str, str],
    *,
    has_key: bool,
) -> Registration:
    """Add an app of this kind at this address.

    `paths` are those of the redirect URI and after a sign-out, where the kind leaves them to the
    app. With a key, the app has no secret.
    """
    kind = catalogue.kind(kind_id)
    assert kind is not None
    options = ["--kind", kind.id, "--launch-url", address, "--for-group", GROUP, "--json"]
    if not kind.redirect_uri_templates:
        options += ["--redirect-uri", address + paths[0]]
    if not kind.post_logout_redirect_uri_templates:
        options += ["--post-logout-redirect-uri", address + paths[1]]
    said = StringIO()
    call_command("app", "add", slug, *options, stdout=said)
    given = json.loads(said.getvalue())
    app = App.objects.get(slug=slug)
    key = generate_private_key(65537, 2048) if has_key else None
    if key:
        take_key(app, key)
    secret = given["client_secret"] or ""
    snippets = tuple(kind.snippets_with(setting_up.values_of(app, secret)))
    private_key = str(RSAAlgorithm.to_jwk(key)) if key else ""
    return Registration(given["issuer"], slug, secret, address, private_key, snippets)


def take_key(app: App, key: RSAPrivateKey) -> None:
    """Change an app as an admin does on its page: it proves by its key who it is."""
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    app.jwks = {"keys": [public | {"use": "sig", "alg": "RS256"}]}
    app.authentication, app.secret_digest = Authentication.PRIVATE_KEY, ""
    app.full_clean()
    app.save()
