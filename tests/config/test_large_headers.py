"""The page for a browser that has too many cookies, as the server sends it."""

from pytest_django import Settings

from config import large_headers


def test_the_page_says_what_to_do_and_asks_for_nothing_more(settings: Settings) -> None:
    settings.BASE_URL, settings.BASE_HOST = "https://id.example.com", "id.example.com"
    head, _, body = large_headers.response().partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 431 Request Header Fields Too Large"
    assert f"Content-Length: {len(body)}" in lines
    assert "Connection: close" in lines
    assert "Delete the cookies of id.example.com" in body.decode()
    assert "static" not in body.decode()
