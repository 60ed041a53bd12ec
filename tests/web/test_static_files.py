"""Static files: their names, and what is in them."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from pytest_django import Settings

from web import static_files
from web.static_files import StaticFile, address_of, hashed, names, parted, static_file

STYLE = "signet/signet.css"


def test_the_name_changes_with_the_content() -> None:
    one, other = (StaticFile.of("a.css", body).digest for body in (b"a{}", b"b{}"))
    assert hashed("x/a.css", one) != hashed("x/a.css", other)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x/a.0123456789ab.css", ("x/a.css", "0123456789ab")),
        ("x/a.min.css", ("x/a.min.css", "")),
        ("x/a.0123456789AB.css", ("x/a.0123456789AB.css", "")),
        ("x/LICENSE", ("x/LICENSE", "")),
    ],
)
def test_a_name_is_parted_from_its_digest(name: str, expected: tuple[str, str]) -> None:
    assert parted(name) == expected


def test_django_gives_out_the_hashed_name() -> None:
    address = f"/static/{hashed(STYLE, static_file(STYLE).digest)}"
    assert static(STYLE) == staticfiles_storage.url(STYLE) == address_of(STYLE) == address


def test_an_unknown_file_has_its_plain_name() -> None:
    assert static("signet/nothing.css") == "/static/signet/nothing.css"


def test_debug_keeps_the_plain_name_and_reads_the_file_each_time(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = True
    file = tmp_path / "a.svg"
    monkeypatch.setitem(names(), "a.svg", str(file))
    for body in (b"<svg/>", b"<svg></svg>"):
        file.write_bytes(body)
        assert static_file("a.svg").body == body
    assert static("a.svg") == "/static/a.svg"


def test_a_stylesheet_holds_what_it_imports() -> None:
    style = static_file(STYLE).body.decode()
    assert "@import" not in style
    assert style.count("--page: #eef1ee") == 1


def test_a_picture_of_a_stylesheet_has_its_hashed_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    styles = {
        "x/a.css": "@import url('inner/b.css');\na { background: url(../p.svg); }",
        "x/inner/b.css": "b { background: url('../../p.svg'); c: url(none.svg); d: url(#e); }",
        "p.svg": "<svg/>",
    }
    for name, body in styles.items():
        file = tmp_path / name.replace("/", "-")
        file.write_text(body)
        monkeypatch.setitem(names(), name, str(file))
    picture = address_of("p.svg")
    assert re.fullmatch(r"/static/p\.[0-9a-f]{12}\.svg", picture)
    style = static_file("x/a.css").body.decode()
    static_files._kept.cache_clear()
    assert style == (
        f'b {{ background: url("{picture}"); c: url(none.svg); d: url(#e); }}\n'
        f'a {{ background: url("{picture}"); }}'
    )


def test_a_stylesheet_is_sent_without_comments_and_indentation_but_with_licences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.css").write_text("/*! MIT */\n/* a\nb */\n\na {\n  b: c;\n}\n")
    monkeypatch.setitem(names(), "y/a.css", str(tmp_path / "a.css"))
    style = static_file("y/a.css").body
    static_files._kept.cache_clear()
    assert style == b"/*! MIT */\n\na {\nb: c;\n}\n"


def test_no_stylesheet_of_the_admin_asks_for_a_second_one() -> None:
    sheets = [name for name in names() if name.startswith("admin/css/") and name.endswith(".css")]
    assert sheets
    assert not [name for name in sheets if b"@import" in static_file(name).body]


def test_text_is_compressed_and_the_same_each_time() -> None:
    file = static_file(STYLE)
    assert gzip.decompress(file.compressed) == file.body
    assert StaticFile.of(STYLE, file.body) == file


@pytest.mark.parametrize(("name", "body"), [("a.png", b"\x89PNG" * 100), ("a.css", b"a{}")])
def test_what_does_not_get_smaller_is_sent_as_it_is(name: str, body: bytes) -> None:
    assert StaticFile.of(name, body).compressed == b""


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.css", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.webp", "image/webp"),
        ("a.html", "application/octet-stream"),
    ],
)
def test_the_type_is_that_of_the_name(name: str, content_type: str) -> None:
    assert StaticFile.of(name, b"").content_type == content_type
