"""The form of a provider, with the fields that its kind needs."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers import catalogue
from providers.catalogue.entry import FIELD_PREFIX
from providers.form_checks import pasted, problem_of_credential
from providers.models import Provider

HELP = gettext_lazy("Stored encrypted and never shown again.")
AGAIN = gettext_lazy("Paste this again: for your security, secrets are never sent back.")
AGAIN_CODE = "paste_again"
KEEP = gettext_lazy("Leave empty to keep the stored one.")
NAMED_THERE = gettext_lazy("{provider} calls this “{name}”.")
# Let no browser fill in a password, or send what is typed to a spelling service.
UNHELPED = {"autocomplete": "new-password", "spellcheck": "false"}
SECRETS = ("client_secret", "next_client_secret")


class SecretTextarea(forms.Textarea):
    """Take several lines, and never show them again."""

    def format_value(self, value: object) -> str:
        return ""


def is_secret(field: forms.BoundField) -> bool:
    """Tell whether a field never shows again what was typed."""
    return isinstance(field.field.widget, (forms.PasswordInput, SecretTextarea))


def _field(key: catalogue.ExtraKey) -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy(key.label),
        required=False,
        help_text=gettext_lazy(key.help),
        widget=SecretTextarea(attrs={"rows": 6} | UNHELPED) if key.is_secret else forms.TextInput(),
    )


# The keys of all kinds, each as a field of the form.
EXTRA_FIELDS = {
    FIELD_PREFIX + key.name: key for kind in catalogue.FIRST_CLASS for key in kind.extra
}
ExtraFields = type(
    "ExtraFields", (forms.Form,), {name: _field(key) for name, key in EXTRA_FIELDS.items()}
)


class SecretField(forms.CharField):
    """A client secret, cleaned and checked."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"class": "vTextField"} | UNHELPED)
        super().__init__(required=False, max_length=1000, widget=widget, **options)

    def clean(self, value: Any) -> str:
        secret = pasted(super().clean(value))
        if problem := problem_of_credential(secret):
            raise ValidationError(problem)
        return secret


class WholeRowForm(forms.ModelForm):
    """A form with some fields of a row, which is validated as a whole."""

    def add_error(self, field: str | None, error: Any) -> None:
        """Show an error above all fields if this form does not have the field with the error."""
        problems = getattr(error, "error_dict", {field: error})
        for name, problem in problems.items():
            super().add_error(name if name in self.fields else None, problem)


class ListedForm(WholeRowForm):
    """The fields that can be changed in the list of providers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            words = _("{field}: {provider}")
            label = words.format(field=capfirst(field.label), provider=self.instance.name)
            field.widget.attrs["aria-label"] = label
            field.help_text = ""  # a list has no room for it


class UnlabelledInput(forms.HiddenInput):
    """A hidden field: the label that the admin makes for it is the label of nothing."""

    def id_for_label(self, id_: str) -> str:
        return ""


class ProviderForm(ExtraFields, WholeRowForm):  # type: ignore[misc, valid-type]
    """A provider's fields. Secrets can be entered, and are never shown."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=lambda: ((each.id, each.name) for each in catalogue.addable_kinds()),
        widget=UnlabelledInput(),
    )
    client_secret = SecretField(label=gettext_lazy("Client secret"), help_text=HELP)
    next_client_secret = SecretField(
        label=gettext_lazy("Next client secret"),
        help_text=gettext_lazy("Signet uses it as soon as the provider rejects the current one."),
    )
    forget_next = forms.BooleanField(
        label=gettext_lazy("Delete the stored next secret"), required=False
    )

    class Meta:
        model = Provider
        widgets: ClassVar = {"client_id": AdminTextInputWidget({"autocomplete": "off"})}
        fields = (
            *("kind", "slug", "name", "client_id", "client_secret", "next_client_secret"),
            *("secret_expires_on", "token_endpoint_auth_method", "base_url", "scope"),
            *("vouches_for", "allow_private_network", "enabled", "position"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = self.instance.destination
        id_of_kind = self.instance.kind or self.data.get("kind") or self.initial.get("kind") or ""
        kind = catalogue.kinds().get(id_of_kind)
        needed = {FIELD_PREFIX + key.name for key in kind.extra} if kind else set(EXTRA_FIELDS)
        unused = set(EXTRA_FIELDS) - needed
        if kind and not kind.takes_secret:
            unused |= {*SECRETS, "forget_next"}
        for name in unused:
            self.fields.pop(name, None)
        if kind:
            self._use_words_of(kind)
        self.extra_keys = {name: EXTRA_FIELDS[name] for name in EXTRA_FIELDS if name in self.fields}
        self._show_stored()

    def _use_words_of(self, kind: catalogue.Kind) -> None:
        """Say what the provider calls the values, if its words differ."""
        registration = kind.guide
        words = {"client_id": registration.client_id, "client_secret": registration.client_secret}
        for name, word in words.items():
            field = self.fields.get(name)
            if field and word.lower() != name.replace("_", " "):  # in any language
                named = NAMED_THERE.format(provider=kind.name, name=_(word))
                field.help_text = f"{named} {field.help_text}".strip()
        if "vouches_for" in self.fields:
            self.fields["vouches_for"].help_text = catalogue.on_vouching(kind)
        if registration.base_url and "base_url" in self.fields:
            self.fields["base_url"].help_text = _(registration.base_url)

    def _show_stored(self) -> None:
        """Fill in the extra values that are stored; for a secret, say only that there is one."""
        extra = self.instance.readable_extra
        kept = [name for name in SECRETS if getattr(self.instance, f"sealed_{name}")]
        for name, key in self.extra_keys.items():
            if not key.is_secret:
                self.initial[name] = extra.get(key.name, "")
                continue
            self.fields[name].help_text = f"{self.fields[name].help_text} {HELP}"
            if extra.get(key.name):
                kept.append(name)
        for name in self.fields.keys() & kept:
            self.fields[name].help_text = f"{self.fields[name].help_text} {KEEP}"

    def clean(self) -> dict[str, Any]:
        """Collect the extra values, and ask for the secret if it must be entered.

        An empty secret keeps the one that is stored, unless the address has changed.
        """
        cleaned = super().clean() or {}
        stored = self.instance.readable_extra
        entered = {key.name: cleaned.get(name, "") for name, key in self.extra_keys.items()}
        secret_names = {key.name for key in self.extra_keys.values() if key.is_secret}
        kept = {name: value for name, value in stored.items() if name in secret_names}
        self.instance.extra = kept | {name: value for name, value in entered.items() if value}
        is_missing = "client_secret" in self.fields and not cleaned.get("client_secret")
        if is_missing and "client_secret" not in self.errors:
            if self.instance._state.adding:  # noqa: SLF001 - Django's documented way to ask
                self.add_error("client_secret", _("Enter the client secret."))
            elif self._has_moved(cleaned):
                self.add_error("client_secret", _("Enter the secret again for the new address."))
        return cleaned

    def ask_for_secrets_again(self) -> None:
        """Ask again for each secret that was typed, when the page is shown again with errors."""
        for field in self:
            if is_secret(field) and field.data and field.name not in self.errors:
                self.add_error(field.name, ValidationError(AGAIN, AGAIN_CODE))

    def _has_moved(self, cleaned: dict[str, Any]) -> bool:
        """Tell whether visitors and secrets will be sent to another address than before."""
        base_url = pasted(cleaned.get("base_url", self.instance.base_url))
        kind = cleaned.get("kind") or self.instance.kind
        after = self.instance.destination | {"kind": kind, "base_url": base_url}
        return bool(after != self.before)

    def save(self, commit: bool = True) -> Provider:
        """Save the row and the secrets entered. A new address deletes the stored next secret."""
        if self.cleaned_data.get("forget_next") or self._has_moved(self.cleaned_data):
            self.instance.next_client_secret = ""
        for name in SECRETS:
            if self.cleaned_data.get(name):
                setattr(self.instance, name, self.cleaned_data[name])
        saved: Provider = super().save(commit)
        return saved
