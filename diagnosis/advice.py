"""What an admin is told of each diagnosis: the cause in plain words, and what to change.

`{redirect_uri}`, `{client_id}`, `{issuer}`, `{document}`, `{site}`, `{provider}` and `{wait}`
become this provider's values, so that what has to be pasted can be copied from the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from diagnosis.codes import Diagnosis


@dataclass(frozen=True)
class Advice:
    """Cause and fix of a diagnosis."""

    cause: str
    fix: str

    def filled(self, values: Mapping[str, str]) -> "Advice":
        """Return the advice with one provider's values put in."""
        return Advice(self.cause.format(**values), self.fix.format(**values))


def advice_for(diagnosis: Diagnosis) -> Advice:
    return ADVICE[diagnosis]


NOTHING = "Nothing to change here; the visitor can try again."
ASK_PROVIDER = "Show whoever runs {provider} this page."
CHECK_CLOCKS = "Let both machines take their time from a time server (NTP)."
CHECK_BASE_URL = "Open the base URL of {provider} in a browser, and correct it if it is another's."

ADVICE: dict[Diagnosis, Advice] = {
    Diagnosis.WRONG_CLIENT_SECRET: Advice(
        "{provider} accepted the client ID and refused the client secret.",
        "Copy the secret again at {provider}, or make a new one there, and paste it into the "
        "provider's page. If it is right, choose the other token endpoint auth method there.",
    ),
    Diagnosis.WRONG_CLIENT_ID: Advice(
        "{provider} does not know the client ID {client_id}.",
        "Copy the client ID again from the application at {provider}; see that it is of this very "
        "server.",
    ),
    Diagnosis.CLIENT_SECRET_WITH_SPACE: Advice(
        "{provider} refused the client secret, and the stored one has a space in it.",
        "Copy the secret alone, from its first character to its last, and paste it again.",
    ),
    Diagnosis.CLIENT_SECRET_EXPIRED: Advice(
        "The client secret has expired.",
        "Make a new secret at {provider}, and paste it into the provider's page.",
    ),
    Diagnosis.REDIRECT_URI_NOT_REGISTERED: Advice(
        "{provider} did not ask the visitor, because the redirect URI is not registered there.",
        "Register exactly this redirect URI at {provider}: {redirect_uri}",
    ),
    Diagnosis.REDIRECT_URI_MISMATCH: Advice(
        "{provider} gave a code and then refused it, because the redirect URI is another one than "
        "is registered there.",
        "Register exactly this redirect URI at {provider}, without another one that begins like "
        "it: {redirect_uri}",
    ),
    Diagnosis.PKCE_REFUSED: Advice(
        "{provider} refused the proof key (PKCE) of the sign-in.",
        "Allow PKCE with S256 for this application at {provider}; a proxy on the way must not "
        "change the address.",
    ),
    Diagnosis.SCOPE_REFUSED: Advice(
        "{provider} does not give this application one of the scopes that are asked for.",
        "Allow the scope at {provider}, or empty the field scope on the provider's page.",
    ),
    Diagnosis.EMAIL_SCOPE_MISSING: Advice(
        "{provider} refused to tell the address, and no scope for it is asked for.",
        "Empty the field scope on the provider's page: then what a sign-in needs is asked for.",
    ),
    Diagnosis.CLIENT_NOT_ALLOWED: Advice(
        "{provider} does not let this application, or this person in it, sign in.",
        "Register it there as a web application with the authorization code grant; where people "
        "have to be assigned to it, assign them.",
    ),
    Diagnosis.APPLICATION_SUSPENDED: Advice(
        "The application is suspended, disabled or deleted at {provider}.",
        "Restore it there, or register a new one and paste its client ID and secret.",
    ),
    Diagnosis.APP_NOT_VERIFIED: Advice(
        "{provider} lets only some people use this application: it is internal, or in testing.",
        "At {provider}, add the person to the test users, or publish the application.",
    ),
    Diagnosis.ORGANISATION_APPROVAL_MISSING: Advice(
        "{provider} refused: an organisation has not approved this application.",
        "An owner of the organisation approves it, under Third-party access, OAuth app policy.",
    ),
    Diagnosis.ADMIN_CONSENT_MISSING: Advice(
        "{provider} wants an administrator to consent for the whole organisation first.",
        "An administrator of the organisation grants consent to this application at {provider}.",
    ),
    Diagnosis.TENANT_MISMATCH: Advice(
        "The person, or the answer, belongs to another tenant than the one that is set.",
        "Compare the tenant on the provider's page with the directory (tenant) ID of the "
        "application; for people of several tenants register it as multitenant.",
    ),
    Diagnosis.AUTHORIZATION_REFUSED: Advice(
        "{provider} did not let this site ask the visitor.",
        "Check the client ID, the scopes and the state of the application at {provider}.",
    ),
    Diagnosis.TOKEN_REFUSED: Advice(
        "{provider} gave a code and then refused to exchange it.",
        "Check the application's type (web, confidential) and its grants at {provider}.",
    ),
    Diagnosis.SETTING_MISSING: Advice(
        "Something that this kind of provider needs is missing on its page.",
        "Open the provider's page and fill in what is named there.",
    ),
    Diagnosis.SECRET_UNREADABLE: Advice(
        "The stored client secret cannot be opened with ENCRYPTION_KEYS.",
        "Put the earlier key back into ENCRYPTION_KEYS, or paste the secret again.",
    ),
    Diagnosis.SIGNING_KEY_UNREADABLE: Advice(
        "The key that signs session JWTs cannot be opened with ENCRYPTION_KEYS.",
        "Put the earlier key back into ENCRYPTION_KEYS, and restart this site. If it is lost, "
        "revoke the signing key: manage.py keys revoke KID.",
    ),
    Diagnosis.DISCOVERY_OF_ANOTHER_ISSUER: Advice(
        "The discovery document at the base URL names another issuer.",
        "Make the base URL the issuer letter by letter, with or without its last slash. Where the "
        "document is not below its issuer, as at Azure AD B2C, keep the base URL and enter the "
        "issuer under More. The base URL is {issuer}",
    ),
    Diagnosis.ISSUER_MISMATCH: Advice(
        "The answer came from another issuer than {issuer}, so it was not believed.",
        "If the provider has moved, make the base URL its issuer letter by letter. If it has not, "
        "somebody may be mixing up two providers: look at the address.",
    ),
    Diagnosis.AUDIENCE_MISMATCH: Advice(
        "The ID token is for another client than {client_id}.",
        "Copy the client ID again from the application at {provider}.",
    ),
    Diagnosis.ID_TOKEN_MISSING: Advice(
        "{provider} sent no ID token.",
        "It must support OpenID Connect, and the scopes must have openid: empty the field scope.",
    ),
    Diagnosis.ADDRESS_REFUSED: Advice(
        "An address of {provider} is private, or not https.",
        "Correct the base URL; or allow the private network on the provider's page, if it is ours.",
    ),
    Diagnosis.CLOCK_SKEW: Advice(
        "The ID token is from the future: the clocks of {provider} and of this machine differ.",
        CHECK_CLOCKS,
    ),
    Diagnosis.ID_TOKEN_EXPIRED: Advice(
        "The ID token was too old when it came: clocks differ, or {provider} sent an earlier one.",
        CHECK_CLOCKS,
    ),
    Diagnosis.ACCESS_DENIED: Advice("The visitor said no at {provider}.", NOTHING),
    Diagnosis.COOKIES_BLOCKED: Advice(
        "The browser brought no cookie back: it blocks them, or the sign-in was begun in another.",
        "The visitor allows cookies for {site}, and begins and ends in one browser. An app that "
        "opens links in a browser of its own does this too.",
    ),
    Diagnosis.OTHER_HOST: Advice(
        "The visitor came back to another host name than that of {site}, where its cookies are.",
        "Register exactly {redirect_uri} at {provider}, and let every other name (www, 127.0.0.1) "
        "redirect to {site}.",
    ),
    Diagnosis.PLAIN_HTTP: Advice(
        "The visitor came by http, and the cookies of {site} are for https alone.",
        "Let the proxy before this site redirect http to https, and send X-Forwarded-Proto.",
    ),
    Diagnosis.STATE_UNKNOWN: Advice(
        "The browser has not begun this sign-in, or has begun five others since.",
        "The visitor begins again here. If it is frequent, compare BASE_URL ({site}) with the "
        "address in the visitor's browser.",
    ),
    Diagnosis.STATE_MISSING: Advice(
        "Somebody came to the redirect URI without the state that {provider} was given.",
        "Nothing, unless it is frequent: then {provider}, or a proxy, drops it.",
    ),
    Diagnosis.STATE_EXPIRED: Advice("The visitor took more than ten minutes.", NOTHING),
    Diagnosis.STATE_USED: Advice("The page was opened a second time.", NOTHING),
    Diagnosis.INVALID_GRANT: Advice(
        "{provider} says that the code was used before or has expired.",
        "The visitor tries again. If it stays, check this machine's clock, and that no proxy sends "
        "a request twice.",
    ),
    Diagnosis.RESPONSE_MALFORMED: Advice(
        "A parameter was repeated, unprintable or longer than an address may be, or neither code "
        "nor error came.",
        "The visitor tries again. If it stays, a proxy changes addresses.",
    ),
    Diagnosis.EMAIL_IN_USE: Advice(
        "The address that {provider} has verified belongs to another account here.",
        "The visitor signs in as before, and then connects {provider} under How you sign in.",
    ),
    Diagnosis.ACCOUNT_SUSPENDED: Advice(
        "An admin has suspended this account.", "Make the person active again, if that is right."
    ),
    Diagnosis.ACCOUNT_OF_ANOTHER: Advice(
        "The visitor wanted to connect an account of {provider} that signs in to somebody else.",
        "That other person disconnects it first, under How you sign in.",
    ),
    Diagnosis.ACCOUNT_GONE: Advice(
        "The person was deleted, or the account of {provider} disconnected, during this sign-in.",
        NOTHING,
    ),
    Diagnosis.SESSION_ENDED: Advice(
        "The session in which the visitor began to connect an account of {provider} has ended: "
        "signed out, ended elsewhere or by an admin. Nothing was connected.",
        "Nothing to change here; the visitor signs in and connects the account again.",
    ),
    Diagnosis.PROVIDER_REMOVED: Advice(
        "{provider} was removed from this site during this sign-in, so nobody was signed in.",
        "If that was meant, nothing; if not, add the provider again.",
    ),
    Diagnosis.PROVIDER_SWITCHED_OFF: Advice(
        "{provider} was switched off during this sign-in, so nobody was signed in.",
        "If that was meant, nothing; if not, tick Enabled on the provider's page.",
    ),
    Diagnosis.PROVIDER_CHANGED: Advice(
        "The settings of {provider} were changed during this sign-in: its kind, address, client "
        "ID, extra values or domains. So its answer was not used.",
        NOTHING,
    ),
    Diagnosis.RULES_CHANGED: Advice(
        "The rules on who may sign in through {provider} were changed during this sign-in.",
        NOTHING,
    ),
    Diagnosis.NOT_ALLOWED: Advice(
        "No access rule of {provider} is about this person.",
        "Add a rule or an invitation on the provider's page; or the person uses another account.",
    ),
    Diagnosis.EMAIL_DOMAIN_NOT_ALLOWED: Advice(
        "The verified address is at none of the domains that the access rules name.",
        "Add the domain, or the address, on the provider's page.",
    ),
    Diagnosis.NO_VERIFIED_EMAIL: Advice(
        "The access rules look at the address, and {provider} has verified none.",
        "The person verifies the address at {provider}; see that a scope for it is asked for.",
    ),
    Diagnosis.EMAIL_UNREADABLE: Advice(
        "The access rules look at the address, and {provider} sent none that can be used: it sent "
        "several, letters outside ASCII before the @, a name around it, or no address at all.",
        "See what {provider} sends in the claim email: it must be one plain address. The domain "
        "may have letters outside ASCII.",
    ),
    Diagnosis.DOMAIN_NOT_VOUCHED_FOR: Advice(
        "An access rule is about the address, which {provider} has verified; and {provider} may "
        "not vouch for its domain here.",
        "Add the domain to May vouch for on the provider's page, if {provider} is to be believed "
        "on it; or the person signs in through a provider that may vouch for it.",
    ),
    Diagnosis.NOT_A_MEMBER: Advice(
        "The person is in none of the organisations, teams or hosted domains of the access rules.",
        "Make the person a member there, or add a rule on the provider's page.",
    ),
    Diagnosis.MEMBERSHIP_UNKNOWN: Advice(
        "{provider} did not say in which organisations and teams the person is.",
        "Look at the status page of {provider}; at GitHub, see that the organisation has approved "
        "this application (Third-party access, OAuth app policy).",
    ),
    Diagnosis.DNS_FAILURE: Advice(
        "The name of the host is not known to this machine's DNS.",
        "Look for a typing error in the base URL; then ask the DNS server of this machine.",
    ),
    Diagnosis.CONNECTION_FAILED: Advice(
        "The host accepts no connection, hangs up, or speaks no HTTP.",
        "See that the server runs, and that a firewall lets this machine reach it.",
    ),
    Diagnosis.TLS_FAILURE: Advice(
        "The certificate is not trusted, has expired, or is for another name.",
        "Install a certificate for this name, with all intermediate ones, at the provider.",
    ),
    Diagnosis.TIMEOUT: Advice(
        "No answer came in ten seconds.",
        "See that a firewall lets this machine reach the host; look at the provider's status page.",
    ),
    Diagnosis.DISCOVERY_UNREACHABLE: Advice(
        "The discovery document or the keys of {provider} could not be had.",
        "Open {document} in a browser, and correct the base URL until it answers.",
    ),
    Diagnosis.PROVIDER_BUSY: Advice(
        "Too many visitors were waiting for answers of {provider} already.",
        "See whether the provider is well. If it is only slow, raise WEB_THREADS.",
    ),
    Diagnosis.PROVIDER_UNAVAILABLE: Advice(
        "{provider} answered with an error of its own.", "Look at the provider's status page."
    ),
    Diagnosis.RATE_LIMITED: Advice(
        "{provider} wants fewer requests from this site.", "Wait {wait}."
    ),
    Diagnosis.UNEXPECTED_REDIRECT: Advice(
        "{provider} redirects where it should answer; a secret must not follow.",
        "Enter the address that it redirects to as the base URL, if that one is right.",
    ),
    Diagnosis.RESPONSE_TOO_LARGE: Advice(
        "The answer was far larger than such an answer ever is.", CHECK_BASE_URL
    ),
    Diagnosis.RESPONSE_NOT_JSON: Advice(
        "The answer was no JSON: perhaps the page of a proxy.", CHECK_BASE_URL
    ),
    Diagnosis.DISCOVERY_INVALID: Advice(
        "The discovery document lacks an endpoint, or names one that is not https.", ASK_PROVIDER
    ),
    Diagnosis.TOKEN_RESPONSE_MALFORMED: Advice(
        "The token endpoint's answer is not what RFC 6749 §5.1 says.",
        f"{CHECK_BASE_URL} Azure AD B2C sends an access token only if the field scope has the "
        "client ID too.",
    ),
    Diagnosis.ID_TOKEN_MALFORMED: Advice("The ID token cannot be read.", ASK_PROVIDER),
    Diagnosis.SIGNATURE_INVALID: Advice(
        "The ID token is not signed by a key of {provider}.",
        "Choose RS256 or ES256 for this application at {provider}, not HS256 or none. If it has "
        "just changed its keys, try again in ten seconds.",
    ),
    Diagnosis.SIGNING_KEY_UNKNOWN: Advice(
        "No published key of {provider} fits the ID token, or two different keys have its kid.",
        "Try again in ten seconds: then its keys are fetched anew. If it stays, show whoever runs "
        "{provider} this page.",
    ),
    Diagnosis.NONCE_MISMATCH: Advice(
        "The ID token is of another sign-in.",
        f"The visitor tries again. If it stays: {ASK_PROVIDER}",
    ),
    Diagnosis.AT_HASH_MISMATCH: Advice(
        "ID token and access token do not belong together.", ASK_PROVIDER
    ),
    Diagnosis.NOT_ASKED_AGAIN: Advice(
        "{provider} was to ask the visitor once more (prompt=login, max_age=300), and its ID token "
        "does not say that it did: auth_time is missing, 0, or older.",
        "Let {provider} honour max_age and tell auth_time (OpenID Connect Core §3.1.2.1). Until "
        "then, sign in in a private window, where it has to ask; or use another way in.",
    ),
    Diagnosis.PROFILE_REFUSED: Advice(
        "{provider} gave a token and then refused to say whose it is.",
        "Check the permissions of the application at {provider}, and empty the field scope.",
    ),
    Diagnosis.PROFILE_MALFORMED: Advice(
        "{provider} answered something else than a profile, or signed or encrypted it in a way "
        "that is not accepted here.",
        f"{CHECK_BASE_URL} If it signs or encrypts userinfo, let it send JSON, or sign with RS256 "
        "or ES256.",
    ),
    Diagnosis.SUBJECT_INVALID: Advice(
        "{provider} did not say who it is in a way that can be kept.", ASK_PROVIDER
    ),
    Diagnosis.SUBJECT_MISMATCH: Advice(
        "Profile and ID token are of two people, so neither was believed.", ASK_PROVIDER
    ),
}
