"""The snippet for Flask, and a page that tells what it knows."""

import os
from importlib import import_module
from typing import Any

from authlib.integrations.base_client import OAuthError
from flask import Flask, jsonify, session

app: Flask = import_module("snippet").app


@app.get("/")
def me() -> Any:
    return jsonify(session["person"])


@app.errorhandler(OAuthError)
def refused(error: OAuthError) -> Any:
    return error.error, 403


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))
