"""The environment that the tests' settings are read from. Loaded before Django, by `-p`.

DATABASE_URL and CACHE_URL are left alone: with them the same tests run on PostgreSQL and Redis.
"""

import os
import sys
import tempfile

for name in (
    "BIND",
    "ALLOWED_HOSTS",
    "ALLOWED_REDIRECT_ORIGINS",
    "TRUSTED_PROXIES",
    "OUTGOING_PROXY",
):
    os.environ.pop(name, None)
os.environ |= {
    "DEBUG": "false",
    "DEMO": "false",
    "BASE_URL": "http://localhost:8000",
    "SECRET_KEY": "a key for tests alone, as long as a real one has to be",
    "ENCRYPTION_KEYS": "dGVzdHMgYWxvbmUsIHRoaXJ0eS10d28gYnl0ZXMuLi4=",
}

# Python compiles a file once, and not once in each of the many processes that tests start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Tests clear the cache: each process that runs them has a Redis database of its own.
cache_url, _, number = os.environ.get("CACHE_URL", "").rpartition("/")
if cache_url.startswith("redis://") and number.isdigit():
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ["CACHE_URL"] = f"{cache_url}/{int(number) + worker}"

# What Hypothesis keeps of its own between runs has no place in the tree.
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"{tempfile.gettempdir()}/hypothesis-{os.getuid()}"
