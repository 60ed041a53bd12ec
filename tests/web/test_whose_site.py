"""What every page knows of the site."""

from django.template import Context, Template
from django.templatetags.static import static

from web import whose_site
from web.whose_site import DEFAULT, Known, Look

ACME = Look("Acme", accent="#0050b3", logo="logo.0123456789ab.png", mark_width=64)


def test_without_a_row_it_is_signet() -> None:
    look = whose_site.current()
    assert look == DEFAULT.look
    assert (look.name, look.support, look.terms, look.privacy) == ("Signet", "", "", "")
    assert look.mark == static("signet/favicon.svg")
    assert look.stylesheet == static("signet/signet.css")
    assert look.admin_stylesheet == static("signet/admin.css")


def test_the_mark_is_the_logo_if_there_is_one() -> None:
    assert ACME.mark == "/site/logo.0123456789ab.png"


def test_the_mark_has_the_colour_of_the_site_if_there_is_no_logo() -> None:
    assert Look(accent="#0050b3").mark.startswith("/site/mark.")


def test_the_stylesheets_have_the_colour() -> None:
    assert ACME.stylesheet.startswith("/site/signet.")
    assert ACME.admin_stylesheet.startswith("/site/admin.")


def test_a_look_can_be_part_of_a_key() -> None:
    assert {ACME: "kept"}[Look(**vars(ACME))] == "kept"


def test_every_template_can_ask_whose_site_it_is() -> None:
    template = Template("{% whose_site as site %}{{ site.name }}")
    assert template.render(Context()) == "Signet"
    whose_site.keep(Known(ACME), whose_site.begin_reading())
    assert template.render(Context({"site": "another value"})) == "Acme"
    assert template.render(Context({"site": Look("Given")})) == "Given"
