"""Does the app answer at its address, and do the clocks agree?"""

from django.utils.translation import gettext_noop as _

from oauth_client.doctor.findings import Findings, ok, problem, unknown, warning
from oauth_client.doctor.network import SKEW_PROBLEM, SKEW_WARNING
from oidc_provider.checking.subject import Checked
from protocol.errors import ErrorCode, OutgoingError

BROWSER_FIX = _("Open the app's address in a browser:")
CLOCK_FIX = _("Synchronise the clocks of both computers with NTP.")

NOT_CONNECTED = _("Signet couldn't connect to the app's address from here. A browser may.")
NOT_REACHED = {
    ErrorCode.ADDRESS_REFUSED: _(
        "The app's address is in a network that Signet doesn't connect to. A browser may reach it."
    ),
    ErrorCode.DNS_FAILURE: _("The app's host name isn't known here. A browser may find it."),
    ErrorCode.TIMEOUT: _("The app's address didn't answer in time. A browser may reach it."),
    ErrorCode.TLS_FAILURE: _(
        "The certificate at the app's address isn't trusted here. A browser may trust it."
    ),
}


def launch_url(checked: Checked) -> Findings:
    """Ask for the app's address. Here, no answer says nothing: a browser may reach more."""
    address = checked.app.launch_url
    if not address:
        yield unknown(_("The app has no address here."))
        return
    try:
        status = checked.get_app().status_code
    except OutgoingError as error:
        if error.code is ErrorCode.RESPONSE_TOO_LARGE:  # it has answered
            yield ok(_("The app answers at its address."))
        else:
            yield unknown(NOT_REACHED.get(error.code, NOT_CONNECTED), BROWSER_FIX, address)
        return
    if status >= 500:
        cause = _("The app's address answers with an error.")
        yield warning(cause, BROWSER_FIX, address, detail=f"status {status}")
    else:
        yield ok(_("The app answers at its address."))


def clock(checked: Checked) -> Findings:
    """Compare the clocks: an ID token is valid only for a short time.

    The app's own answer counts. Without it, what answers at our address is better than nothing.
    """
    skews = checked.skews or checked.own_skews
    if not skews:
        yield unknown(_("No response showed the app's time."))
        return
    skew = min(skews, key=abs)
    seconds = round(abs(skew))
    if seconds > SKEW_WARNING:
        make = problem if seconds > SKEW_PROBLEM else warning
        behind = _("This server's clock is {seconds} s behind the app's.")
        ahead = _("This server's clock is {seconds} s ahead of the app's.")
        if not checked.skews:
            behind = _("This server's clock is {seconds} s behind that of its public address.")
            ahead = _("This server's clock is {seconds} s ahead of that of its public address.")
        yield make(behind if skew > 0 else ahead, CLOCK_FIX, values={"seconds": seconds})
    elif checked.skews:
        yield ok(_("This server's clock and the app's agree."))
    else:
        yield ok(_("This server's clock and that of its public address agree."))
