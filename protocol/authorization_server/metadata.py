"""What this server says about itself (OpenID Connect Discovery 1.0 §3, RFC 8414 §2): what works."""

from typing import Any

from protocol.jwks import PUBLIC_KEY_ALGORITHMS

SCOPES = ("openid", "profile", "email", "groups", "offline_access")
CLAIMS = """
    sub iss aud exp iat auth_time nonce at_hash sid name given_name family_name preferred_username
    picture email email_verified groups
""".split()  # noqa: SIM905 - read as a list of words
AUTHENTICATION = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
WITHOUT_PERSON = """
token userinfo revocation introspection pushed_authorization_request
""".split()  # noqa: SIM905 - read as a list of words
PATHS = {
    "authorization_endpoint": "/oauth/authorize",
    "token_endpoint": "/oauth/token",
    "userinfo_endpoint": "/oauth/userinfo",
    "revocation_endpoint": "/oauth/revoke",
    "introspection_endpoint": "/oauth/introspect",
    "pushed_authorization_request_endpoint": "/oauth/par",
    "end_session_endpoint": "/oauth/logout",
    "jwks_uri": "/.well-known/jwks.json",
}
# What an app calls by itself: no cookie of a person counts there, nor a session JWT
CALLED_BY_APPS = tuple(PATHS[f"{name}_endpoint"] for name in WITHOUT_PERSON)


def metadata(
    issuer: str, id_token_algorithms: tuple[str, ...], languages: tuple[str, ...]
) -> dict[str, Any]:
    """Return the document of an issuer whose endpoints are below its own address."""
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in PATHS.items()},
        "scopes_supported": [*SCOPES],
        "claims_supported": [*CLAIMS],
        "claim_types_supported": ["normal"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [*id_token_algorithms],
        "ui_locales_supported": [*languages],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "code_challenge_methods_supported": ["S256"],
        **_authentication("token_endpoint"),
        **_authentication("revocation_endpoint"),
        **_authentication("introspection_endpoint", AUTHENTICATION[:-1]),
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_pushed_authorization_requests": False,
    }


def _authentication(endpoint: str, methods: tuple[str, ...] = AUTHENTICATION) -> dict[str, Any]:
    return {
        f"{endpoint}_auth_methods_supported": [*methods],
        f"{endpoint}_auth_signing_alg_values_supported": [*PUBLIC_KEY_ALGORITHMS],
    }
