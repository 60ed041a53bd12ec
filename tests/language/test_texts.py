"""The check of translations finds what it is for."""

import pytest
from django.utils.translation import gettext, ngettext, pgettext

from tests.language.pseudo import pseudo_language
from tests.language.texts import unmarked


@pytest.mark.parametrize(
    ("page", "found"),
    {
        "<p>Sign out</p>": ["Sign out"],
        "<p>⟦Sign out⟧ now</p>": ["now"],
        '<a title="Sign out">⟦x⟧</a>': ["title: Sign out"],
        '<img alt="A picture">': ["alt: A picture"],
        '<b aria-label="⟦Menu⟧ left"></b>': ["aria-label: left"],
        '<input type="submit" value="Save">': ["value: Save"],
        "<p>⟦a</p><p>b⟧</p>": ["<p>: a text is cut, or torn apart", "b⟧"],
        "<bdi>Alice</bdi> and <bdi>Bob</bdi>": ["and"],
        "<div translate='no'>a<br>b</div>c": ["c"],
        "<option>Yes</option>": ["Yes"],
        "<p>Ja<p>ja": ["Ja", "ja"],
    }.items(),
)
def test_a_text_outside_the_marks_is_found(page: str, found: list[str]) -> None:
    assert unmarked(page, set()) == found


@pytest.mark.parametrize(
    "page",
    [
        "<p>⟦Sign out⟧</p>",
        "<p>⟦Read <a href='/'>the page</a> first⟧: 3 · 4</p>",
        "<p>⟦Welcome, <bdi>Alice</bdi>⟧</p>",
        "<code>client_id</code> <kbd>Enter</kbd> <pre>a b</pre> <time>1 May</time>",
        '<p translate="no" title="Alice">Alice</p>',
        '<input type="text" value="Alice"><input type="hidden" value="yes">',
        "<p>Alice Archer</p> <p>alice@example.com, https://signet.example/x</p>",
        "<script>let it = 'be';</script><style>p { color: red }</style>",
    ],
)
def test_what_is_marked_or_no_language_passes(page: str) -> None:
    assert unmarked(page, {"Alice Archer"}) == []


def test_the_pseudo_language_marks_texts_and_ends() -> None:
    with pseudo_language() as pseudo:
        assert gettext("Sign {out}") == "⟦Sign {out}⟧"
        assert ngettext("{n} day", "{n} days", 2) == "⟦{n} days⟧"
        assert pgettext("noun", "May") == "⟦May⟧"
    assert gettext("Sign out") == "Sign out"
    assert pseudo.asked == {"Sign {out}", "{n} day", "noun\x04May"}
