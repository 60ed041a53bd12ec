"""The form of an app, with the fields that its kind needs."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_client.admin_pages.form import UnlabelledInput, WholeRowForm
from oidc_provider import catalogue, form_checks, setting_up
from oidc_provider.models import App, Audience
from protocol.authorization_server.authorization_request import Pkce
from protocol.jws.strict_json import MalformedError, json_value
from protocol.limits import FORM_POST_BODY
from providers.form_checks import pasted
from sessions.groups import FORM, GROUP

OF_NEW = ("label", "only_groups")  # fields of a new app alone
ONE_PER_LINE = gettext_lazy("One per line.")
LABEL = gettext_lazy("Name of this site in the app")
SCOPES = {
    "profile": gettext_lazy("Name, handle and picture"),
    "email": gettext_lazy("Email address"),
    "groups": gettext_lazy("Groups"),
    "offline_access": gettext_lazy("Refresh tokens, even while nobody uses the app"),
}
PKCE = {
    Pkce.REQUIRED: gettext_lazy(
        "Required: the app sends a code challenge (S256). A stolen code is of no use to anybody."
    ),
    Pkce.NONCE: gettext_lazy(
        "Nonce instead: the app sends no code challenge, but compares the nonce of the ID token. "
        "Signet can't see whether it does. If it does not, whoever steals a code can get into the "
        "app as that person."
    ),
    Pkce.NEITHER: gettext_lazy(
        "Neither: nothing ties a code to the browser that asked for it. Whoever steals a code can "
        "get into the app as that person. Choose this only if the app can't do better."
    ),
}


class LinesField(forms.Field):
    """A list of texts, one per line."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea({"rows": 2, "spellcheck": "false", "translate": "no"})
        super().__init__(required=False, widget=widget, **options)

    def to_python(self, value: Any) -> list[str]:
        return list(filter(None, map(pasted, str(value or "").splitlines())))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class WordsField(LinesField):
    """A list of words, separated by spaces."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget = forms.TextInput({"class": "vTextField", "spellcheck": "false"})

    def to_python(self, value: Any) -> list[str]:
        return list(dict.fromkeys(str(value or "").replace(",", " ").split()))

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value


class JsonField(forms.JSONField):
    """JSON from outside, read strictly; empty is an empty object."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea({"rows": 4, "spellcheck": "false", "translate": "no"})
        super().__init__(required=False, widget=widget, **options)

    def to_python(self, value: Any) -> Any:
        text = str(value or "")
        if not text.strip():
            return {}
        try:
            return json_value(text[:FORM_POST_BODY].encode("utf-8", "surrogatepass"))
        except MalformedError:
            raise ValidationError(_("This is not JSON. Copy it again, in full.")) from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) or not value:
            return value or ""
        return super().prepare_value(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or {}))  # asked of a valid form


class AppForm(WholeRowForm):
    """An app's fields. Its secret is made, never entered."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=lambda: [(each.id, each.name) for each in catalogue.kinds()],
        widget=UnlabelledInput(),
    )
    slug = forms.CharField(
        label=gettext_lazy("Client ID"),
        required=False,
        max_length=50,
        help_text=gettext_lazy(
            "Made from the name if you leave it empty. You can't change it later."
        ),
        widget=forms.TextInput({"class": "vTextField", "spellcheck": "false"}),
    )
    label = forms.SlugField(
        label=LABEL,
        required=False,
        max_length=setting_up.NAME_LENGTH,
        help_text=gettext_lazy("Part of the redirect URI. Letters, digits and hyphens."),
        widget=forms.TextInput({"class": "vTextField", "spellcheck": "false"}),
    )
    redirect_uris = LinesField(
        label=gettext_lazy("Redirect URIs"),
        help_text=gettext_lazy("Where the app receives people after they sign in. One per line."),
    )
    post_logout_redirect_uris = LinesField(
        label=gettext_lazy("Post-logout redirect URIs"),
        help_text=gettext_lazy("Where people may return after they sign out. One per line."),
    )
    audiences = LinesField(
        label=gettext_lazy("Resources"),
        help_text=gettext_lazy(
            "Addresses of APIs for which the app may request access tokens (RFC 8707). One per "
            "line."
        ),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[*SCOPES.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What the app may know, if it asks for it."),
    )
    pkce = forms.ChoiceField(
        label=gettext_lazy("PKCE"),
        choices=[*PKCE.items()],
        required=False,  # not shown for an app without a secret: there it stays as it is
        widget=forms.RadioSelect,
    )
    jwks = JsonField(
        label=gettext_lazy("Public keys"),
        help_text=gettext_lazy("A JWK Set, for private_key_jwt."),
    )
    only_groups = WordsField(
        label=gettext_lazy("Only these groups"),
        help_text=gettext_lazy(
            "Leave empty to let everyone who can sign in use it. Separate groups with spaces. "
            "You can choose people on the next page."
        ),
    )

    class Meta:
        model = App
        fields = (
            *("kind", "slug", "name", "launch_url", "redirect_uris", "post_logout_redirect_uris"),
            *("authentication", "jwks", "pkce", "scopes", "audiences", "claims_in_id_token"),
            *("is_of_team", "enabled"),
        )
        widgets: ClassVar = {
            "authentication": forms.RadioSelect,
            "launch_url": forms.URLInput({"class": "vURLField"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        id_of_kind = self.instance.kind if self.instance.pk else self._chosen()
        self.app_kind = catalogue.kind(id_of_kind) or catalogue.ANY
        for name in () if self._is_new else OF_NEW:
            self.fields.pop(name, None)
        if "launch_url" in self.fields and self._is_new:
            self.fields["launch_url"].required = setting_up.needs_address(self.app_kind)
        self._describe_redirect_uris()

    @property
    def _is_new(self) -> bool:
        return bool(self.instance._state.adding)  # noqa: SLF001 - Django's documented way to ask

    def _chosen(self) -> str:
        return self.data.get("kind") or self.initial.get("kind") or ""

    def _describe_redirect_uris(self) -> None:
        """Say where to find them. A script fills them in from the address, or the other way."""
        field, kind = self.fields["redirect_uris"], self.app_kind
        if self._is_new and not kind.redirect_uri_templates:
            field.widget.attrs["data-suggests"] = ""
        if kind.where_redirect_uri:
            where = kind.words(kind.where_redirect_uri).replace("*", "")
            field.help_text = f"{where} {ONE_PER_LINE}"
        if self._is_new and kind.redirect_uri_templates:
            field.widget.attrs["data-templates"] = "\n".join(kind.redirect_uri_templates)
            filled = _("Filled in from the address if you leave it empty. One per line.")
            field.help_text = filled

    def clean_only_groups(self) -> list[str]:
        names: list[str] = self.cleaned_data["only_groups"]
        if not all(map(GROUP.fullmatch, names)):
            raise ValidationError(str(FORM))
        form_checks.refuse_too_many(names)
        return names

    def clean(self) -> dict[str, Any]:
        """Fill in what the kind knows, and nobody has entered."""
        cleaned = super().clean() or {}
        if self._is_new and "launch_url" not in self.errors:
            self._fill_in(cleaned)
        if self._is_new and not cleaned.get("slug") and cleaned.get("name"):
            cleaned["slug"] = setting_up.free_slug(cleaned["name"])
        return cleaned

    def _post_clean(self) -> None:
        """Ask only for the address where redirect URIs follow from it."""
        follows = "launch_url" in self.errors and not self.cleaned_data.get("redirect_uris")
        super()._post_clean()  # type: ignore[misc]  # the stubs leave out this step of Django
        if follows:
            self.errors.pop("redirect_uris", None)

    def _fill_in(self, cleaned: dict[str, Any]) -> None:
        names = ("launch_url", "redirect_uris", "post_logout_redirect_uris")
        entered = {name: cleaned.get(name) for name in names if cleaned.get(name)}
        draft = App(kind=self.app_kind.id, **entered)
        setting_up.fill_in(draft, cleaned.get("label", ""))
        cleaned |= {name: getattr(draft, name) for name in names if name not in self.errors}
        if groups := cleaned.get("only_groups"):
            self.instance.groups, self.instance.audience = groups, Audience.CHOSEN
