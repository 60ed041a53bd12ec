"""The snippet for FastAPI, and a page that tells what it knows."""

import os
from importlib import import_module
from typing import Any

import uvicorn
from authlib.integrations.base_client import OAuthError
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

app: FastAPI = import_module("snippet").app


@app.get("/")
async def me(request: Request) -> Any:
    return request.session["person"]


@app.exception_handler(OAuthError)
async def refused(request: Request, error: OAuthError) -> PlainTextResponse:
    return PlainTextResponse(error.error, 403)


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
