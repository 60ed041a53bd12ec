from xml.etree import ElementTree

from bench.picture import draw

SVG = "{http://www.w3.org/2000/svg}"


def test_draws_a_bar_for_each_site_as_long_as_its_figure() -> None:
    picture = ElementTree.fromstring(draw("CPU of a sign-in", {"Signet": 5.0, "other": 20.0}))
    ours, theirs = picture.findall(f"{SVG}rect")
    assert ours.get("class") == "ours"
    assert theirs.get("class") == "theirs"
    assert round(int(theirs.get("width", "")) / int(ours.get("width", "")), 1) == 4


def test_says_in_words_what_the_bars_show() -> None:
    picture = ElementTree.fromstring(draw("CPU of a sign-in", {"Signet": 5.04, "other": 20.0}))
    assert picture.findtext(f"{SVG}title") == "CPU of a sign-in"
    assert picture.findtext(f"{SVG}desc") == "Signet: 5.0 ms; other: 20.0 ms"
