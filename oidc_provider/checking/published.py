"""What an app finds at our own address: the discovery document, the keys, and a certificate.

OpenID Connect Discovery 1.0 §4, RFC 7517.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

from oauth_client.doctor.findings import Finding, Findings, ok, problem, unknown, warning
from oauth_client.doctor.metadata import LONGEST
from oauth_client.doctor.network import SOON
from oidc_provider.checking.subject import Checked
from outgoing import AddressPolicy, json_object
from outgoing.dialing import Dialer, certificate_expiry
from protocol.authorization_server.metadata import PATHS
from protocol.jwks import usable_keys

DISCOVERY = "/.well-known/openid-configuration"
PASS_ON = _("Let the proxy in front of Signet pass this address on:")
NO_DOCUMENT = _("This can't be checked without the discovery document.")
NEEDED = "RS256"  # of which no app is without


def discovery(checked: Checked) -> Findings:
    """Read our discovery document at the address that the app will use."""
    response = checked.get_own(DISCOVERY)
    if response.status_code != 200:
        yield _not_passed_on(DISCOVERY, response.status_code)
        return
    document = json_object(response)
    if document.get("issuer") != settings.BASE_URL:
        yield _another_issuer(document.get("issuer"))
        return
    checked.document = document
    yield ok(_("The discovery document names the issuer {url}."), values={"url": settings.BASE_URL})
    wrong = [name for name, path in PATHS.items() if document.get(name) != settings.BASE_URL + path]
    if wrong:
        cause = _("The discovery document has other addresses than this site: {names}.")
        yield problem(
            cause,
            _("Look for another Signet, or a cache, at this address:"),
            _at(DISCOVERY),
            {"names": ", ".join(wrong)},
        )


def endpoints(checked: Checked) -> Findings:
    """Ask userinfo without a token: only Signet refuses that as RFC 6750 §3 says."""
    path = PATHS["userinfo_endpoint"]
    response = checked.get_own(path)
    challenge = response.headers.get("WWW-Authenticate", "")
    if response.status_code == 401 and challenge.startswith("Bearer"):
        yield ok(_("The endpoints for apps answer."))
    else:
        yield _not_passed_on(path, response.status_code)


def keys(checked: Checked) -> Findings:
    """Look for a key that every app can use."""
    if checked.document is None:
        yield unknown(NO_DOCUMENT)
        return
    path = PATHS["jwks_uri"]
    response = checked.get_own(path)
    if response.status_code != 200:
        yield _not_passed_on(path, response.status_code)
        return
    found = usable_keys(json_object(response))
    if any(NEEDED in key.algorithms and key.kid for key in found):
        yield ok(_("A key for {algorithm} is published."), values={"algorithm": NEEDED})
    else:
        cause = _("No key for {algorithm} is published, so no app can verify an ID token.")
        fix = _("Create one with: manage.py keys rotate --for id-token")
        yield problem(cause, fix, values={"algorithm": NEEDED})


def certificate(checked: Checked) -> Findings:
    """Check the certificate of our own address."""
    parts = urlsplit(settings.BASE_URL)
    host = str(parts.hostname)
    if parts.scheme == "http":
        yield ok(_("{host} is this computer, so http is safe."), values={"host": host})
    elif settings.OUTGOING_PROXY:
        yield unknown(_("Signet can't check this because it uses the proxy in OUTGOING_PROXY."))
    else:
        yield _certified(checked, host, parts.port or 443)


def _certified(checked: Checked, host: str, port: int) -> Finding:
    policy = AddressPolicy(allow_private=True, allow_loopback=False)
    expires_at = certificate_expiry(Dialer(policy, checked.resolve), host, port, checked.ca_file)
    values = {"host": host, "day": f"{datetime.fromtimestamp(expires_at, UTC):%Y-%m-%d}"}
    if expires_at - checked.now() < SOON:
        fix = _("Renew it at the proxy in front of Signet.")
        return warning(_("The certificate of {host} expires on {day}."), fix, values=values)
    return ok(_("The certificate of {host} is valid until {day}."), values=values)


def _not_passed_on(path: str, status: int) -> Finding:
    cause = _("Signet's own address doesn't answer as Signet does.")
    return problem(cause, PASS_ON, _at(path), detail=f"status {status}")


def _another_issuer(issuer: Any) -> Finding:
    fix = _("Check which site answers at this address:")
    if not isinstance(issuer, str) or len(issuer) > LONGEST or not issuer.isprintable():
        return problem(_("The discovery document names no issuer."), fix, _at(DISCOVERY))
    cause = _("The discovery document belongs to {issuer}, but BASE_URL is {expected}.")
    values = {"issuer": issuer, "expected": settings.BASE_URL}
    return problem(cause, fix, _at(DISCOVERY), values)


def _at(path: str) -> str:
    return str(settings.BASE_URL + path)
