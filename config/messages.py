"""`make messages`: collect the texts of the site for translators, and compile what they wrote.

GNU gettext does the work. What it cannot read, templates and TOML, is first written as Python, into
a folder of its own. `locale/<language>/LC_MESSAGES/` has what translators edit (`django.po`) and
what Django reads (`django.mo`). To begin a language: `make messages ARGS=fr`.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from django.utils.translation import templatize

from config.settings import BASE_DIR, INSTALLED_APPS, LOCALE_PATHS
from web.shown import sentences

LOCALE = Path(LOCALE_PATHS[0])
OURS = ("config", "web", "protocol", "outgoing", "encryption", "diagnosis", "templates")
ROOMS = sorted({*OURS, *(app for app in INSTALLED_APPS if (BASE_DIR / app).is_dir())})
APPS = BASE_DIR / "oidc_provider"
# Which values of TOML and JSON are texts: the names of their tables and their own, with dots
TEXTS: dict[str, tuple[str, ...]] = {
    "accounts/self_service/personal_data.toml": ("*.title", "*.words", "*.kept"),
    "attempts/steps.toml": (
        *("steps.title", "steps.words", "messages.*.label", "messages.*.note"),
        *("meanings.*", "meanings_at.*"),
    ),
    "dashboard/checklist.toml": ("*.name", "*.words", "*.link", "*.answers"),
    "diagnosis/failures.toml": tuple(
        f"*.{name}"
        for name in ("name", "title", "sentence", "connecting", "way_on", "cause", "fix")
    ),
    "diagnosis/refusals.toml": tuple(
        f"*.{name}" for name in ("name", "title", "sentence", "way_on", "cause", "fix")
    ),
    "oauth_client/doctor/metadata.toml": ("*.good", "*.bad", "*.fix", "*.silent"),
    "oauth_client/doctor/readings.toml": ("words.*.cause", "words.*.fix"),
    "sessions/api/openapi.json": ("components.schemas.Claims.properties.*.description",),
    "providers/catalogue/words.toml": (
        *("scopes.*.shares", "scopes.*.reason", "warnings.*", "vouching.*"),
        "general_guide.*",
    ),
} | dict.fromkeys(
    ("providers/catalogue/well_known.toml", "providers/catalogue/others.toml"),
    ("*.name", "*.vouching_note", "*.not_yet", "*.described.*", "*.label", "*.help", "*.problem"),
)
TEXTS |= dict.fromkeys(
    (f"{APPS.name}/catalogue/{each.name}" for each in sorted((APPS / "catalogue").glob("*.toml"))),
    (
        *("*.where", "*.where_redirect_uri", "*.licence_note", "*.notes", "*.snippets.title"),
        *("openid_connect.name", "public.name", "gitlab.name", "sentry.name", "demo_app.name"),
    ),
)
NO_TEXTS = ("*.console", "*.grants")  # addresses, among them
KEYWORDS = (
    *("gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2", "npgettext:1c,2,3"),
    *("pgettext_lazy:1c,2", "npgettext_lazy:1c,2,3"),
)
READERS: dict[str, Callable[[str], Any]] = {".toml": tomllib.loads, ".json": json.loads}
# What differs each time, or says nothing here
NOISE = re.compile(
    r'^(?:"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team'
    r"|Report-Msgid-Bugs-To):.*|# .*|#)\n",
    re.MULTILINE,
)


def main(languages: list[str]) -> None:
    """Bring the files of all languages up to date, and begin those that are new."""
    known = [path.name for path in LOCALE.iterdir() if path.is_dir()] if LOCALE.is_dir() else []
    with tempfile.TemporaryDirectory() as folder:
        template = collected(Path(folder))
        for language in sorted({*known, *languages}):
            update(language, template)


def collected(folder: Path) -> Path:
    """Return the file with all texts of the site, made in this folder."""
    names = []
    for source in sources():
        path = source.relative_to(BASE_DIR)
        name = f"{path}.py" if path.suffix != ".py" else str(path)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(as_python(source), encoding="utf-8")
        names.append(name)
    template = folder / "django.pot"
    options = ["--language=Python", "--from-code=UTF-8", "--add-location=file", "--no-wrap"]
    options += ["--package-name=Signet", "--add-comments=Translators", f"--output={template}"]
    options += [f"--keyword={keyword}" for keyword in KEYWORDS]
    run("xgettext", *options, *names, folder=folder)
    text = re.sub(r"(\.(?:html|svg|toml|json))\.py\b", r"\1", template.read_text("utf-8"))
    template.write_text(without_noise(text), encoding="utf-8")
    return template


def sources() -> Iterator[Path]:
    """Give the files that may have texts, in an order that stays."""
    for room in ROOMS:
        for path in sorted((BASE_DIR / room).rglob("*")):
            is_code = path.suffix in (".py", ".html", ".svg") and "migrations" not in path.parts
            if is_code or str(path.relative_to(BASE_DIR)) in TEXTS:
                yield path


def as_python(source: Path) -> str:
    """Return a file as Python in which xgettext finds its texts."""
    text = source.read_text(encoding="utf-8")
    if source.suffix in (".html", ".svg"):
        return str(templatize(text))
    if source.suffix in READERS:
        patterns, document = TEXTS[str(source.relative_to(BASE_DIR))], READERS[source.suffix](text)
        texts = [*texts_in(document, patterns)]
        if source.suffix == ".json":
            texts = [each for text in texts for each in sentences(text)]
        return "".join(f"gettext({each!r})\n" for each in texts)
    return text


def texts_in(value: Any, patterns: tuple[str, ...], path: str = "") -> Iterator[str]:
    """Give the texts of a document that these patterns name."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from texts_in(each, patterns, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each, patterns, path)
    elif isinstance(value, str) and value and value[0] != "?" and is_text(path, patterns):
        yield value  # the query of a link is no text


def is_text(path: str, patterns: tuple[str, ...]) -> bool:
    is_named = any(fnmatchcase(path, pattern) for pattern in patterns)
    return is_named and not any(fnmatchcase(path, pattern) for pattern in NO_TEXTS)


def update(language: str, template: Path, locale: Path = LOCALE) -> None:
    """Bring the files of a language up to date: add new texts, remove those that are gone."""
    file = locale / language / "LC_MESSAGES" / "django.po"
    if file.exists():
        options = ["--update", "--backup=none", "--no-fuzzy-matching", "--no-wrap", "--quiet"]
        run("msgmerge", *options, "--add-location=file", str(file), str(template))
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        options = ["--no-translator", "--no-wrap", f"--locale={language}"]
        run("msginit", *options, f"--input={template}", f"--output-file={file}")
    run("msgattrib", "--no-obsolete", "--no-wrap", f"--output-file={file}", str(file))
    file.write_text(without_noise(file.read_text("utf-8")), encoding="utf-8")
    run("msgfmt", "--check-format", f"--output-file={file.with_suffix('.mo')}", str(file))


def without_noise(text: str) -> str:
    header, rest = text.split("\n\n", 1)
    return f"{NOISE.sub('', header + chr(10))}\n{rest}"


def run(program: str, *arguments: str, folder: Path = BASE_DIR) -> None:
    subprocess.run([program, *arguments], cwd=folder, check=True)  # noqa: S603 - of GNU gettext


if __name__ == "__main__":
    main(sys.argv[1:])
