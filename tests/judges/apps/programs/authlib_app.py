"""An app with Flask and the library Authlib, which also refreshes and signs out."""

import os
from typing import Any
from uuid import uuid4

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, session

APP = os.environ["APP"]
TOKENS: dict[str, dict[str, Any]] = {}

app = Flask(__name__)
app.secret_key = os.urandom(32)


def keep(token: dict[str, Any], **_: Any) -> None:
    TOKENS[session["id"]] = token


signet = OAuth(app).register(
    "signet",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{os.environ['ISSUER']}/.well-known/openid-configuration",
    client_kwargs={
        "scope": "openid profile email groups offline_access",
        "code_challenge_method": "S256",
    },
    fetch_token=lambda: TOKENS[session["id"]],
    update_token=keep,
)


@app.get("/sign-in")
def sign_in() -> Any:
    return signet.authorize_redirect(f"{APP}/callback")


@app.get("/callback")
def callback() -> Any:
    session["id"] = str(uuid4())
    keep(signet.authorize_access_token())
    return redirect("/me")


@app.get("/me")
def me() -> Any:
    return jsonify([TOKENS[session["id"]]["userinfo"], signet.userinfo()])


@app.get("/refresh")
def refresh() -> Any:
    """Let the library find out that the token has expired: it refreshes before it asks."""
    old = TOKENS[session["id"]]
    old["expires_at"] = 1
    found = signet.userinfo()
    assert TOKENS[session["id"]]["refresh_token"] != old["refresh_token"]
    return jsonify([found])


@app.get("/sign-out")
def sign_out() -> Any:
    return signet.logout_redirect(
        post_logout_redirect_uri=f"{APP}/bye", id_token_hint=TOKENS[session["id"]]["id_token"]
    )


@app.get("/bye")
def bye() -> Any:
    signet.validate_logout_response()
    return "signed out"


@app.errorhandler(OAuthError)
def refused(error: OAuthError) -> Any:
    return error.error, 403


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))
