import sys
from pathlib import Path

import pytest

from bench import sites


def test_leaves_the_peers_out_where_node_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(sites.SkippedError, match=r"Node\.js and npm are not on this machine"):
        sites.peer(sites.BETTER_AUTH, sites.Provider(), tmp_path)


def test_says_why_the_peers_are_left_out_if_npm_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(sites.SkippedError, match="npm could not install"):
        sites.peer(sites.AUTH_JS, sites.Provider(), tmp_path)


def test_leaves_the_toolkit_out_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "oauth2_provider", None)
    with pytest.raises(sites.SkippedError, match="not installed"):
        sites.toolkit(sites.Provider(), tmp_path)


def test_a_site_that_does_not_start_is_left_out(tmp_path: Path) -> None:
    site = sites.Site(sites.AUTH_JS, sites.Provider(), tmp_path, "false")
    with pytest.raises(sites.SkippedError, match="did not start"):
        site.start()
