"""What fills snippets: usual values, and values with every character that means something."""

from dataclasses import fields

from oidc_provider.catalogue import Values

ISSUER = "https://signet.example"
USUAL = Values(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/oauth/authorize",
    token_endpoint=f"{ISSUER}/oauth/token",
    userinfo_endpoint=f"{ISSUER}/oauth/userinfo",
    jwks_uri=f"{ISSUER}/.well-known/jwks.json",
    end_session_endpoint=f"{ISSUER}/oauth/logout",
    site="Signet",
    app="https://app.example.org",
    name="signet",
    client_id="app-1",
    client_secret="A-secret_of~256.bits",
    redirect_uri="https://app.example.org/callback",
)
NASTY = """'"$x`#\\ "é" &|;<>*#{x}!~"""
HOSTILE = Values(**{each.name: f"{each.name}{NASTY}" for each in fields(Values)})
