"""The order of the checks of an app, and its last report."""

import hashlib
import json
from collections.abc import Callable
from functools import partial

from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from oauth_client.doctor.examination import SECONDS, alone, in_three_rounds
from oauth_client.doctor.findings import Findings, Report
from oidc_provider.checking.published import certificate, discovery, endpoints, keys
from oidc_provider.checking.reach import clock, launch_url
from oidc_provider.checking.settings import base_url, people, pkce, redirect_uris, secret
from oidc_provider.checking.subject import Checked, Use
from oidc_provider.models import App
from outgoing.addresses import resolve as system_resolve
from outgoing.dialing import Resolve

KEPT = 7 * 86400  # seconds that a report is kept; a cache may lose it earlier
Check = Callable[[Checked], Findings]
# As in `oauth_client.doctor.examination`: those of one group run at the same time.
FIRST: dict[str, Check] = {
    _("Redirect URIs"): redirect_uris,
    _("Who may use it"): people,
    _("Client secret"): secret,
    _("PKCE"): pkce,
    _("Address of this site"): base_url,
    _("Discovery"): discovery,  # which the keys need
}
SECOND: dict[str, Check] = {
    _("Endpoints"): endpoints,
    _("Keys"): keys,
    _("Certificate"): certificate,
    _("Address of the app"): launch_url,
}
LAST: dict[str, Check] = {_("Clocks"): clock}
ROUNDS = (FIRST, SECOND, LAST)


def examine_alone(app: App, *, seconds: float = SECONDS) -> Report | None:
    """Check an app and keep the report. Return None while another check of it runs."""
    return alone(
        f"app-check:{app.pk}",
        partial(examine, app, seconds=seconds),
        lambda report: cache.set(_name(app), (report.as_text(), report.examined_at), KEPT),
    )


def examine(app: App, *, seconds: float = SECONDS, resolve: Resolve = system_resolve) -> Report:
    """Run every check. One that has not ended within `seconds` and a second more is unknown."""
    checked = Checked(app, Use.of(app), resolve=resolve)
    return Report(tuple(in_three_rounds(ROUNDS, checked, seconds)), timezone.now())


def last_report(app: App) -> Report | None:
    """Return what the last check found of the app as it is stored now, None if there was none."""
    kept = cache.get(_name(app))
    return Report.of_text(*kept) if kept else None


def _name(app: App) -> str:
    """Return where the report is kept: a change of the app makes another name."""
    fields = json.dumps(model_to_dict(app, exclude=["people"]), cls=DjangoJSONEncoder)
    secrets = f"{app.secret_digest} {app.next_secret_digest}"
    return f"app-checked:{app.pk}:{hashlib.sha256(f'{fields} {secrets}'.encode()).hexdigest()}"
