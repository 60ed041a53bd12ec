"""Words for a request of ours that got no usable answer."""

from oauth_client.doctor.findings import Finding, Outcome
from protocol.errors import ErrorCode, SignInError

# By code: the cause, and the fix.
WORDS: dict[ErrorCode, tuple[str, str]] = {
    ErrorCode.DNS_FAILURE: (
        "The name of the host is not known to this machine's DNS.",
        "Look for a typing error in the base URL; then ask the DNS server that this machine uses.",
    ),
    ErrorCode.CONNECTION_FAILED: (
        "The host accepts no connection, or hangs up, or speaks no HTTP.",
        "See that the server runs, and that a firewall lets this machine reach it.",
    ),
    ErrorCode.TLS_FAILURE: (
        "The certificate is not trusted, has expired, or is for another name.",
        "Install a certificate for this name, with all intermediate ones, at the provider.",
    ),
    ErrorCode.TIMEOUT: (
        "No answer came in time.",
        "See that a firewall lets this machine reach the host; then check again.",
    ),
    ErrorCode.ADDRESS_REFUSED: (
        "The address is not public, or not https, and this provider may have no other.",
        "Correct the base URL; or allow the private network at this provider, if it is in ours.",
    ),
    ErrorCode.UNEXPECTED_REDIRECT: (
        "It redirects to another address, where a secret must not be sent.",
        "Enter the address that it redirects to as the base URL, if that one is right.",
    ),
    ErrorCode.RESPONSE_TOO_LARGE: (
        "It answers with far more than such an answer ever has.",
        "Open the address in a browser: it is probably not the provider's.",
    ),
    ErrorCode.RESPONSE_NOT_JSON: (
        "It answers with something else than JSON.",
        "Open the address in a browser: a proxy or a sign-in page may stand before it.",
    ),
    ErrorCode.DISCOVERY_INVALID: (
        "The discovery document lacks an endpoint, or names one that is no https address.",
        "Have whoever runs the provider correct its public address.",
    ),
    ErrorCode.PROVIDER_NOT_READY: (
        "The provider cannot be asked with what is stored.",
        "Mend first what is named above.",
    ),
}
# These say something of a moment, and nothing of the provider's settings.
PASSING: dict[ErrorCode, str] = {
    ErrorCode.PROVIDER_BUSY: "Too many requests to this provider are under way.",
    ErrorCode.RATE_LIMITED: "It asks for a pause.",
    ErrorCode.PROVIDER_UNAVAILABLE: "It answers with an error of its own.",
}
AGAIN = "Check again in a few minutes."


def no_answer(error: SignInError) -> Finding:
    """Say why there was no answer. `detail` holds a host, a status or OpenSSL's reason."""
    detail = f" ({error.detail})" if error.detail else ""
    if error.code in WORDS:
        cause, fix = WORDS[error.code]
        return Finding(Outcome.PROBLEM, cause + detail, fix)
    cause = PASSING.get(error.code, "It could not be found out.")
    return Finding(Outcome.UNKNOWN, cause + detail, AGAIN)
