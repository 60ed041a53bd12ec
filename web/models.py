"""Whose site it is, as an admin has said: one row, or none."""

import re
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.db import models, transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from web import whose_site
from web.accent import COLOUR, CONTRAST, light, nearest, worst
from web.logo import MOST_BYTES, SIDES, WIDEST, NoLogoError, logo_file, logo_of
from web.shown import clean_name
from web.static_files import parted
from web.whose_site import MARK_SIZE, SIGNET, Known, Look
from web.written_sql import fetched

ONLY = 1  # the key of the row
MAILTO = "mailto:"
PAGE: dict[str, Any] = {
    "max_length": 500,
    "blank": True,
    "help_text": gettext_lazy("The address of a page. It begins with https://."),
}


def clean_accent(value: str) -> str:
    """Return a colour that can be read. Raises `ValidationError`, which names the nearest one."""
    accent = value.strip().lower()
    if not COLOUR.fullmatch(accent):
        raise ValidationError(
            _("Enter a colour such as #0d5c4d: # and six characters, each 0 to 9 or a to f.")
        )
    if worst(light(accent)) >= CONTRAST:
        return accent
    values = {"contrast": worst(light(accent)), "needed": CONTRAST}
    numbers = {name: number_format(value, 1) for name, value in values.items()}
    raise ValidationError(
        _(
            "{accent} is too light: on the pages its contrast is {contrast}:1, and text needs"
            " {needed}:1. The nearest colour that can be read is {nearest}."
        ).format(accent=accent, nearest=nearest(accent), **numbers)
    )


def clean_support(value: str) -> str:
    """Return a `mailto:` or `https:` address. A plain email address becomes the first."""
    value = value.strip()
    if value.lower().startswith("https:"):
        return clean_link(value)
    address = re.sub(f"^{MAILTO}", "", value, flags=re.IGNORECASE)
    try:
        EmailValidator()(address)
    except ValidationError:
        words = _("Enter an email address, or an address that begins with https://.")
        raise ValidationError(words) from None
    return MAILTO + address


def clean_link(value: str) -> str:
    value = value.strip()
    try:
        URLValidator(schemes=["https"])(value)
    except ValidationError:
        raise ValidationError(_("Enter an address that begins with https://.")) from None
    return value


class Site(models.Model):
    """The name and looks that visitors see. An empty field is as Signet is without this row."""

    name = models.CharField(
        gettext_lazy("name"),
        max_length=50,
        blank=True,
        help_text=gettext_lazy("Shown at the top of each page, and in the title of its tab."),
    )
    accent = models.CharField(
        gettext_lazy("colour"),
        max_length=7,
        blank=True,
        help_text=gettext_lazy(
            "For buttons and links, such as #0d5c4d. Dark pages use a lighter shade."
        ),
    )
    support = models.CharField(
        gettext_lazy("help"),
        max_length=254,
        blank=True,
        help_text=gettext_lazy("An email address, or a page that begins with https://."),
    )
    terms = models.CharField(gettext_lazy("terms of use"), **PAGE)
    privacy = models.CharField(gettext_lazy("privacy policy"), **PAGE)
    logo = models.BinaryField(default=b"", blank=True)
    logo_name = models.CharField(max_length=40, blank=True, editable=False)
    mark_width = models.PositiveSmallIntegerField(default=MARK_SIZE, editable=False)

    class Meta:
        verbose_name = gettext_lazy("name and look")
        verbose_name_plural = gettext_lazy("name and look")

    CLEANERS: ClassVar[dict[str, Any]] = {
        "accent": clean_accent,
        "support": clean_support,
        "terms": clean_link,
        "privacy": clean_link,
    }

    def __str__(self) -> str:
        return self.name or SIGNET

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the only row; this process shows it as soon as it is stored."""
        self.pk = ONLY
        super().save(*args, **kwargs)
        transaction.on_commit(read)

    def clean(self) -> None:
        """Put each field in order. Raises `ValidationError` with a sentence for each bad one."""
        self.name = clean_name(self.name)
        problems: dict[str, ValidationError] = {}
        for name, cleaner in self.CLEANERS.items():
            try:
                if value := getattr(self, name):
                    setattr(self, name, cleaner(value))
            except ValidationError as error:
                problems[name] = error
        for name in ("name", *self.CLEANERS):  # which may have become longer
            longest = cast("models.CharField[str, str]", self._meta.get_field(name)).max_length or 0
            if name not in problems and len(getattr(self, name)) > longest:
                words = _("This is too long: at most {longest} characters.")
                problems[name] = ValidationError(words.format(longest=longest))
        if problems:
            raise ValidationError({name: each.messages for name, each in problems.items()})

    def set_logo(self, data: bytes) -> None:
        """Take a picture, or with `b""` none. Raises `ValidationError`."""
        try:
            logo = logo_of(data) if data else None
        except NoLogoError as error:
            raise ValidationError(_why_not(str(error))) from None
        self.logo = data
        self.logo_name = logo.name if logo else ""
        self.mark_width = round(MARK_SIZE * logo.width / logo.height) if logo else MARK_SIZE


def _why_not(problem: str) -> str:
    if problem == "size":
        words = _("The picture is larger than {kibibytes} KiB.")
        return words.format(kibibytes=MOST_BYTES // 1024)
    if problem == "kind":
        return _("This is not a PNG, JPEG, WebP or plain SVG image, or it is damaged.")
    words = _(
        "Each side of the picture must be {least} to {most} pixels long, and neither side more "
        "than {times} times as long as the other."
    )
    return words.format(least=SIDES[0], most=SIDES[1], times=WIDEST)


COLUMNS = "name, accent, support, terms, privacy, logo_name, mark_width"
READ = f"SELECT {COLUMNS} FROM web_site WHERE id = {ONLY}"  # noqa: S608 - our own names


def site_row() -> Site:
    """Return the row, or one that is not saved yet."""
    return Site.objects.filter(pk=ONLY).first() or Site(pk=ONLY)


def read() -> None:
    """Read the row: one query, and one more if there is a new logo.

    Threads read at the same time. What the last one to begin has found is kept.
    """
    number = whose_site.begin_reading()
    rows = fetched(READ)
    look, known = _look(*rows[0]) if rows else Look(), whose_site.known()
    logo = known.logo if look.logo == known.look.logo else None
    if look.logo and logo is None:
        logo = _logo(look.logo)
    whose_site.keep(Known(look, logo), number)


def _look(name: str, *others: Any) -> Look:
    return Look(name or SIGNET, *others)


def _logo(name: str) -> Any:
    data = Site.objects.filter(pk=ONLY, logo_name=name).values_list("logo", flat=True).first()
    return logo_file(parted(name)[0], bytes(data)) if data else None
