"""What every judge is told: who we are, and who may sign in."""

SLUG = "judge"
REDIRECT_URI = f"http://localhost:8000/sign-in/{SLUG}/callback/"
AUTH_METHODS = ("client_secret_basic", "client_secret_post")
ALGORITHMS = ("RS256", "ES256")
# The same before and after the form encoding of RFC 6749 §2.3.1, which not every server undoes.
SECRET = "A-secret.of_unreserved~characters"
PEOPLE: dict[str, dict[str, object]] = {
    "alice": {"name": "Alice Archer", "email": "alice@example.com", "email_verified": True},
    "bob": {"name": "Bob Baker", "email": "bob@example.com", "email_verified": False},
}


def client_id(auth_method: str, algorithm: str) -> str:
    """Return the client that is registered for both."""
    return f"{auth_method}-{algorithm}"
