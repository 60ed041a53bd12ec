"""One colour of a team, as both themes of the pages use it.

Light pages have the colour itself: under white text, and as the text of links. Dark pages have a
lighter one of the same hue. WCAG 2.2 §1.4.3 asks for a contrast of 4.5:1; the backgrounds are those
of `static/signet/colours.css`.
"""

import colorsys
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from web.static_files import static_file

CONTRAST = 4.5
CONTRAST_AT_NIGHT = 7.0  # what the lighter colour is made for; it shines less below
COLOUR = re.compile("#[0-9a-f]{6}")
MARK = "#10705d"  # the ground of our own mark
DARK = "@media (prefers-color-scheme: dark)"
VARIABLE = re.compile(r"--([\w-]+): (#[0-9a-f]{3,6});")
GROUNDS = ("page", "card", "warn")  # on which links stand, besides the tint of the colour itself
WHITE = "#ffffff"
STEPS = 255  # of lightness, from white to black

Rgb = tuple[float, ...]  # 0 to 1


@dataclass(frozen=True)
class Colours:
    """What one theme makes of the colour."""

    accent: str
    on_accent: str
    tint: str
    strong: str

    def style(self) -> str:
        names = {"accent": self.accent, "on-accent": self.on_accent, "tint": self.tint}
        names["strong"] = self.strong
        return ":root{" + "".join(f"--{name}:{value};" for name, value in names.items()) + "}"


def style_of(accent: str) -> str:
    """Return the rules that stand behind those of `colours.css`."""
    return f"\n{light(accent).style()}\n{DARK}{{{dark(accent).style()}}}\n"


def light(accent: str) -> Colours:
    return Colours(
        accent, "#ffffff", _mixed(accent, "#ffffff", 0.9), _mixed(accent, "#000000", 0.25)
    )


def dark(accent: str) -> Colours:
    """Return the darkest lighter colour that can be read well on dark pages."""
    card, page = grounds(DARK)["card"], grounds(DARK)["page"]

    def of(colour: str) -> Colours:
        return Colours(colour, page, _mixed(colour, card, 0.88), _mixed(colour, WHITE, 0.4))

    lighter = _by_lightness(accent, range(round(STEPS * _hls(accent)[1]), STEPS + 1))
    return next(made for each in lighter if worst(made := of(each), DARK) >= CONTRAST_AT_NIGHT)


def nearest(accent: str) -> str:
    """Return this colour, or the lightest darker one of the same hue that can be read."""
    darker = _by_lightness(accent, range(round(STEPS * _hls(accent)[1]), -1, -1))
    return next(each for each in (accent, *darker) if worst(light(each)) >= CONTRAST)


def worst(colours: Colours, theme: str = "") -> float:
    """Return the lowest contrast of all that is written in the colour or on it."""
    written_on = [grounds(theme)[name] for name in GROUNDS]
    on_colour = contrast(colours.accent, colours.on_accent)
    return min(on_colour, *(contrast(colours.accent, each) for each in (*written_on, colours.tint)))


@cache
def grounds(theme: str = "") -> dict[str, str]:
    """Return the colours of a theme by their names."""
    style = static_file("signet/colours.css").body.decode("utf-8")
    light_style, _, dark_style = style.partition(DARK)
    return dict(VARIABLE.findall(dark_style if theme else light_style))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2, relative luminance)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in _rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _by_lightness(colour: str, steps: range) -> Iterator[str]:
    hue, _, saturation = _hls(colour)
    return (_hex(colorsys.hls_to_rgb(hue, step / STEPS, saturation)) for step in steps)


def _hls(colour: str) -> Rgb:
    return colorsys.rgb_to_hls(*_rgb(colour))


def _mixed(colour: str, other: str, share: float) -> str:
    """Return a colour with a share of another, 0 to 1."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return _hex(tuple(own + (alien - own) * share for own, alien in pairs))


def _rgb(colour: str) -> Rgb:
    """Read `#rrggbb` or `#rgb`."""
    digits = colour.removeprefix("#")
    pairs = re.findall("..", digits) if len(digits) == 6 else [2 * digit for digit in digits]
    return tuple(int(pair, 16) / 255 for pair in pairs)


def _hex(parts: Rgb) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
