"""What a browser calls itself, in a few words for the person whose browser it is."""

import re

# The first that is found names the browser; most claim to be some of the others too.
BROWSERS = {
    "Edge": r"\bEdg",
    "Opera": r"\bOPR/",
    "Samsung Internet": r"SamsungBrowser",
    "Firefox": r"Firefox|FxiOS",
    "Chrome": r"Chrome|CriOS",
    "Safari": r"Safari",
}
SYSTEMS = {
    "Android": r"Android",
    "iPhone": r"iPhone",
    "iPad": r"iPad",
    "Windows": r"Windows",
    "macOS": r"Mac OS X",
    "ChromeOS": r"CrOS",
    "Linux": r"Linux",
}


def device(user_agent: str) -> str:
    """Return "Firefox on Linux" and the like. A browser can call itself anything."""
    browser = next((name for name, mark in BROWSERS.items() if re.search(mark, user_agent)), "")
    system = next((name for name, mark in SYSTEMS.items() if re.search(mark, user_agent)), "")
    return " on ".join(part for part in (browser, system) if part) or "A browser"
