"""Count a site's database queries per sign-in, inside its own Django: `python -m bench.queries`.

Runs with the settings of the environment and prints JSON. No server takes part.
"""

import argparse
import json
import time
from urllib.parse import parse_qs, urlsplit

import django
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.provider import code_for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("start_path")
    options = parser.parse_args()
    django.setup()
    client = Client(headers={"host": options.host})
    sign_in(client, options.start_path, "known")  # what a process loads once is loaded now
    counts = {
        "returning": _queries(options.host, options.start_path, "known"),
        "first": _queries(options.host, options.start_path, f"new-{time.time_ns()}"),
    }
    print(json.dumps(counts))


def _queries(host: str, start_path: str, sub: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        sign_in(Client(headers={"host": host}), start_path, sub)
    transaction = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(transaction) for query in queries.captured_queries)


def sign_in(client: Client, start_path: str, sub: str) -> None:
    """Press the button and come back, in this process."""
    asked = parse_qs(urlsplit(client.post(start_path)["Location"]).query)
    code = code_for(sub, asked.get("nonce", [""])[0])
    path = urlsplit(asked["redirect_uri"][0]).path
    client.get(path, {"code": code, "state": asked["state"][0]})


if __name__ == "__main__":
    main()
