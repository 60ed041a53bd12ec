"""What may be uploaded as a logo, by its bytes alone."""

import pytest

from tests.web.pictures import jpg, png, svg, webp
from web.logo import MOST_BYTES, NoLogoError, logo_file, logo_of

GOOD = {
    "PNG": (png(), ".png"),
    "JPEG": (jpg(), ".jpg"),
    "JPEG in parts": (jpg(marker=0xC2), ".jpg"),
    "WebP, large": (webp(b"VP8X"), ".webp"),
    "WebP without loss": (webp(b"VP8L"), ".webp"),
    "WebP with loss": (webp(b"VP8 "), ".webp"),
    "SVG by its view box": (svg(), ".svg"),
    "SVG with commas": (svg('viewBox="0,0, 64,32"'), ".svg"),
    "SVG by its size": (svg('width="64px" height="32" viewBox="0 0 9 9"'), ".svg"),
    "SVG in per cent": (svg('width="100%" height="100%" viewBox="0 0 64 32"'), ".svg"),
    "SVG after a comment": (b"<!-- a logo -->" + svg(), ".svg"),
}


@pytest.mark.parametrize(("data", "extension"), GOOD.values(), ids=GOOD)
def test_knows_a_picture_by_its_bytes(data: bytes, extension: str) -> None:
    logo = logo_of(data)
    assert logo.name == f"logo.{logo_file('logo' + extension, data).digest}{extension}"
    assert logo.width == 2 * logo.height


def test_an_svg_image_without_a_size_is_a_square() -> None:
    logo = logo_of(svg(""))
    assert logo.width == logo.height


BAD = {
    "nothing": (b"", "kind"),
    "text": (b"a logo", "kind"),
    "not UTF-8": (b"\xfe\xff", "kind"),
    "GIF": (b"GIF89a" + bytes(20), "kind"),
    "HTML": (b"<html><script>alert(1)</script></html>", "kind"),
    "SVG without its name space": (b"<svg/>", "kind"),
    "SVG that is not whole": (svg()[:-3], "kind"),
    "SVG with entities": (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + svg(inside="&a;"), "kind"),
    "SVG in UTF-16": (svg().decode().encode("utf-16"), "kind"),
    "SVG without height": (svg('viewBox="0 0 64 0"'), "kind"),
    "SVG with half a view box": (svg('viewBox="0 0 64"'), "kind"),
    "SVG with a number that is none": (svg('width="6.4.0" height="32"'), "kind"),
    "SVG as large as numbers get": (svg(f'width="{"9" * 400}" height="{"9" * 400}"'), "sides"),
    "SVG as wide as a line": (svg('viewBox="0 0 900 1"'), "sides"),
    "PNG with nothing in it": (png()[:12], "kind"),
    "PNG with another chunk first": (png().replace(b"IHDR", b"tEXt"), "kind"),
    "JPEG without a frame": (jpg()[:20] + b"\xff\xd9", "kind"),
    "JPEG with a broken length": (b"\xff\xd8\xff\xe0\0\1" + bytes(20), "kind"),
    "JPEG with a broken marker": (b"\xff\xd8\xff\x01\0\2" + bytes(20), "kind"),
    "JPEG without markers": (b"\xff\xd8\xff\xe0\0\2" + bytes(20), "kind"),
    "WebP of an unknown chunk": (webp(b"VP8X").replace(b"VP8X", b"JUNK"), "kind"),
    "WebP that is not whole": (webp(b"VP8 ")[:27], "kind"),
    "WebP with another mark": (webp(b"VP8L").replace(b"\x2f", b"\0"), "kind"),
    "too small": (png(15, 15), "sides"),
    "too large": (png(2049, 2049), "sides"),
    "too wide": (png(600, 100), "sides"),
    "too high": (png(100, 600), "sides"),
    "too many bytes": (png() + bytes(MOST_BYTES), "size"),
}


@pytest.mark.parametrize(("data", "problem"), BAD.values(), ids=BAD)
def test_refuses(data: bytes, problem: str) -> None:
    with pytest.raises(NoLogoError, match=f"^{problem}$"):
        logo_of(data)


def test_a_file_of_the_greatest_size_is_taken() -> None:
    data = png()
    assert logo_of(data + bytes(MOST_BYTES - len(data))).name.endswith(".png")


def test_a_logo_may_do_nothing_when_it_is_opened_alone() -> None:
    policy = logo_file("logo.svg", svg()).policy
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
