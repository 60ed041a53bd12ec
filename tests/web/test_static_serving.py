"""Static files as a browser gets them: compressed, and kept."""

import gzip

import pytest
from django.templatetags.static import static
from django.test import Client
from pytest_django import Settings

from tests.rehearsal import Stage
from tests.web.pictures import png, svg
from web import whose_site
from web.models import Site, read
from web.static_files import names, static_file
from web.whose_site import Known, Look

STYLE = "signet/signet.css"
LIMIT = 9000  # bytes of the sign-in page and all that it loads
BROWSER = {"accept-encoding": "gzip, deflate, br, zstd"}


def test_a_file_is_kept_for_a_year_under_its_hashed_name(client: Client) -> None:
    response = client.get(static(STYLE))
    assert response.content == static_file(STYLE).body
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Vary"] == "Accept-Encoding"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in response


def test_a_file_is_asked_for_again_under_its_plain_name(client: Client) -> None:
    response = client.get(f"/static/{STYLE}")
    assert response["Cache-Control"] == "public, max-age=60"


def test_the_name_of_another_version_gets_the_file_of_this_one(client: Client) -> None:
    response = client.get("/static/signet/signet.0123456789ab.css")
    assert response.content == static_file(STYLE).body
    assert response["Cache-Control"] == "no-cache"


def test_debug_keeps_nothing(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    assert client.get(f"/static/{STYLE}")["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip", "deflate, gzip;q=0.5", "gzip ; q=1.0"])
def test_who_takes_gzip_gets_it(client: Client, accepted: str) -> None:
    response = client.get(static(STYLE), headers={"accept-encoding": accepted})
    assert response["Content-Encoding"] == "gzip"
    assert response["Content-Length"] == str(len(response.content))
    assert gzip.decompress(response.content) == static_file(STYLE).body


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0, br", "x-gzip", "*"])
def test_others_get_the_file_as_it_is(client: Client, accepted: str) -> None:
    response = client.get(static(STYLE), headers={"accept-encoding": accepted})
    assert "Content-Encoding" not in response
    assert response.content == static_file(STYLE).body


def test_who_has_the_file_is_told_so(client: Client) -> None:
    etag = client.get(static(STYLE))["ETag"]
    response = client.get(f"/static/{STYLE}", headers={"if-none-match": etag} | BROWSER)
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)


def test_a_long_file_comes_in_pieces(client: Client) -> None:
    name = "admin/js/vendor/xregexp/xregexp.js"
    response = client.get(f"/static/{name}")
    pieces = list(response.streaming_content)  # type: ignore[attr-defined]
    assert max(map(len, pieces)) <= 2**15
    assert b"".join(pieces) == static_file(name).body
    assert response["Content-Length"] == str(len(static_file(name).body))


def test_head_tells_the_length(client: Client) -> None:
    response = client.head(static(STYLE))
    assert response["Content-Length"] == str(len(static_file(STYLE).body))
    assert response.content == b""


def test_a_file_takes_no_form(client: Client) -> None:
    response = client.post(static(STYLE))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/signet",
        "/static/nothing.css",
        "/static/../config/settings.py",
        "/static/signet/../signet/signet.css",
        "/static//etc/passwd",
        "/site/",
        "/site/favicon.svg",
        "/site/../static/signet/signet.css",
        "/site/logo.0123456789ab.png",
    ],
)
def test_nothing_else_is_there(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_file_can_be_sent(client: Client) -> None:
    for name in names():
        assert client.get(f"/static/{name}").status_code == 200, name


# What depends on whose site it is


def test_the_stylesheet_of_the_site_is_kept_for_a_year(client: Client) -> None:
    look = Look(accent="#0050b3")
    whose_site.keep(Known(look), whose_site.begin_reading())
    response = client.get(look.stylesheet, headers=BROWSER)
    assert b"--accent:#0050b3" in gzip.decompress(response.content)
    assert "immutable" in response["Cache-Control"]


def test_a_process_that_does_not_know_the_colour_yet_lets_nobody_keep_the_old_one(
    client: Client,
) -> None:
    response = client.get(Look(accent="#0050b3").stylesheet)
    assert response.content == static_file(STYLE).body
    assert response["Cache-Control"] == "no-cache"


@pytest.fixture
def site(db: None) -> Site:
    site = Site(name="Acme")
    site.set_logo(svg(inside="<script>alert(1)</script>"))
    site.save()
    return site


def test_the_logo_is_kept_for_a_year_and_can_do_nothing(client: Client, site: Site) -> None:
    response = client.get(f"/site/{site.logo_name}")
    assert response.content == bytes(site.logo)
    assert response["Content-Type"] == "image/svg+xml"
    assert "immutable" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )


def test_a_logo_costs_no_query_once_a_process_knows_it(
    client: Client, site: Site, django_assert_num_queries: object
) -> None:
    read()
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get(f"/site/{site.logo_name}").status_code == 200


def test_a_logo_that_another_process_has_changed_is_read(client: Client, site: Site) -> None:
    read()
    site.set_logo(png())
    site.save()
    response = client.get(f"/site/{site.logo_name}")
    assert (response["Content-Type"], response.content) == ("image/png", png())


def test_an_earlier_logo_is_kept_by_nobody(client: Client, site: Site) -> None:
    response = client.get("/site/logo.0123456789ab.png")
    assert response.content == bytes(site.logo)
    assert response["Cache-Control"] == "no-cache"


@pytest.mark.django_db
@pytest.mark.parametrize("accent", ["", "#0050b3"])
def test_the_sign_in_page_of_the_demo_is_three_requests_and_under_9_kb(
    client: Client, stage: Stage, accent: str
) -> None:
    look = Look(accent=accent)
    whose_site.keep(Known(look), whose_site.begin_reading())
    page = client.get("/sign-in/", headers=BROWSER)
    text = page.content.decode()
    assert text.count("<link ") == 2
    assert text.count(f'src="{look.mark}"') == text.count("<img ") == 1
    loaded = [client.get(path, headers=BROWSER) for path in (look.stylesheet, look.mark)]
    assert sum(map(_wire, (page, *loaded))) <= LIMIT, list(map(_wire, (page, *loaded)))


def _wire(response: object) -> int:
    """Return the bytes of a response with its headers."""
    cookies = response.cookies.output()  # type: ignore[attr-defined]
    head = response.serialize_headers()  # type: ignore[attr-defined]
    return len(head) + len(cookies) + len(response.content)  # type: ignore[attr-defined]
