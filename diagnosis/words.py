"""What a visitor is told of each failure: what happened in a sentence, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from diagnosis import Diagnosis


@dataclass(frozen=True)
class Words:
    """What the page says, with the provider's name, the address and the ways used before put in.

    `again` says whether trying the same provider again can help.
    """

    title: str
    sentence: str
    advice: str
    again: bool = True


TRY_AGAIN = "Please try again."
LATER = "Please try again in a few minutes, or use another way to sign in."
TELL_ADMIN = "Trying again will not help until whoever runs this site has mended it."
DISAGREEMENT = "This site and {provider} do not agree on how it is registered there."
NOT_BELIEVED = "{provider} sent an answer that this site cannot believe, so it did not sign you in."
NO_ANSWER = "{provider} cannot be reached from here at the moment."

GENERIC = Words("You are not signed in", "The sign-in could not be finished.", TRY_AGAIN)
WRONG_SETTINGS = Words("This site needs mending", DISAGREEMENT, TELL_ADMIN, again=False)
REFUSED = Words(
    "{provider} refused", "{provider} did not let this site ask you.", TELL_ADMIN, again=False
)
OTHER_ACCOUNT = "Please use another account, or ask whoever runs this site to let you in."
NOT_WELCOME = Words(
    "This account may not sign in here",
    "{provider} confirmed who you are. This site lets in {rule}.",
    OTHER_ACCOUNT,
)
UNBELIEVABLE = Words("You are not signed in", NOT_BELIEVED, TRY_AGAIN)
NO_PROFILE = Words(
    "{provider} would not say who you are",
    "It let you in, but did not answer this site's question.",
    TRY_AGAIN,
)
UNREACHABLE = Words("No answer from {provider}", NO_ANSWER, LATER)
STALE = Words(
    "That took too long",
    "A sign-in has to be finished within ten minutes, in one go.",
    TRY_AGAIN,
)

# What only an admin can mend.
OF_THE_SETTINGS = (
    Diagnosis.WRONG_CLIENT_SECRET,
    Diagnosis.WRONG_CLIENT_ID,
    Diagnosis.CLIENT_SECRET_WITH_SPACE,
    Diagnosis.CLIENT_SECRET_EXPIRED,
    Diagnosis.REDIRECT_URI_NOT_REGISTERED,
    Diagnosis.REDIRECT_URI_MISMATCH,
    Diagnosis.PKCE_REFUSED,
    Diagnosis.TOKEN_REFUSED,
    Diagnosis.SETTING_MISSING,
    Diagnosis.SECRET_UNREADABLE,
    Diagnosis.DISCOVERY_OF_ANOTHER_ISSUER,
    Diagnosis.DISCOVERY_INVALID,
    Diagnosis.ADDRESS_REFUSED,
    Diagnosis.EMAIL_SCOPE_MISSING,
)
WORDS: dict[Diagnosis, Words] = dict.fromkeys(OF_THE_SETTINGS, WRONG_SETTINGS) | {
    Diagnosis.STATE_MISSING: GENERIC,
    Diagnosis.STATE_UNKNOWN: Words(
        "This sign-in began elsewhere",
        "It was begun in another browser or more than an hour ago, or five others since.",
        "Please begin again here.",
    ),
    Diagnosis.COOKIES_BLOCKED: Words(
        "Your browser sent no cookies",
        "Without them this site cannot tell that it was you who began to sign in.",
        "Please allow cookies for this site, and begin and end in the same browser.",
    ),
    Diagnosis.OTHER_HOST: Words(
        "You came back to another address",
        "{provider} sent you to another name of this site, where your browser keeps other cookies.",
        "Please begin again here. If it happens again, tell whoever runs this site.",
    ),
    Diagnosis.PLAIN_HTTP: Words(
        "The way here was not secure",
        "You came by http, and this site keeps its cookies for https.",
        "Please begin again with https:// before the name of the site.",
    ),
    Diagnosis.STATE_EXPIRED: STALE,
    Diagnosis.STATE_USED: Words(
        "This sign-in is already finished",
        "The page was opened a second time, and each sign-in works once.",
        "If you are not signed in, please try again.",
    ),
    Diagnosis.RESPONSE_MALFORMED: GENERIC,
    Diagnosis.ACCESS_DENIED: Words(
        "You said no at {provider}",
        "Nothing was shared, and you are not signed in.",
        "You can try again, or use another way to sign in.",
    ),
    Diagnosis.ISSUER_MISMATCH: UNBELIEVABLE,
    Diagnosis.AUTHORIZATION_REFUSED: REFUSED,
    Diagnosis.CLIENT_NOT_ALLOWED: REFUSED,
    Diagnosis.SCOPE_REFUSED: REFUSED,
    Diagnosis.APPLICATION_SUSPENDED: REFUSED,
    Diagnosis.ADMIN_CONSENT_MISSING: Words(
        "Your organisation has to agree first",
        "{provider} lets you in here once an administrator of your organisation has consented.",
        "Please ask that administrator, or whoever runs this site.",
        again=False,
    ),
    Diagnosis.APP_NOT_VERIFIED: Words(
        "{provider} does not let everybody in yet",
        "At {provider}, this site is open to some people only.",
        "Please ask whoever runs this site to add you there.",
        again=False,
    ),
    Diagnosis.TENANT_MISMATCH: Words(
        "That account belongs elsewhere",
        "What you chose at {provider} belongs to another organisation than this site expects.",
        "Please choose another account there, or ask whoever runs this site.",
    ),
    Diagnosis.INVALID_GRANT: Words(
        "That sign-in ran out",
        "{provider} says that its permission was used already or is too old.",
        TRY_AGAIN,
    ),
    Diagnosis.CLOCK_SKEW: Words(
        "The clocks do not agree",
        "The clock of this site and the clock of {provider} are too far apart.",
        TELL_ADMIN,
        again=False,
    ),
    Diagnosis.NOT_ASKED_AGAIN: Words(
        "{provider} did not ask you again",
        "What you are about to do needs a sign-in of the last five minutes, and {provider} let you "
        "through on an older one.",
        "Please sign in in a private window, where {provider} has to ask you; or use another way.",
    ),
    Diagnosis.PROFILE_REFUSED: NO_PROFILE,
    Diagnosis.ORGANISATION_APPROVAL_MISSING: NO_PROFILE,
    Diagnosis.DISCOVERY_UNREACHABLE: UNREACHABLE,
    Diagnosis.PROVIDER_UNAVAILABLE: Words(
        "{provider} has a problem", "It answered with an error of its own.", LATER
    ),
    Diagnosis.TIMEOUT: UNREACHABLE,
    Diagnosis.DNS_FAILURE: UNREACHABLE,
    Diagnosis.CONNECTION_FAILED: UNREACHABLE,
    Diagnosis.TLS_FAILURE: UNREACHABLE,
    Diagnosis.PROVIDER_BUSY: Words(
        "{provider} is slow at the moment",
        "Too many sign-ins are waiting for its answer.",
        LATER,
    ),
    Diagnosis.RATE_LIMITED: Words(
        "{provider} asks for a pause", "It has had too many requests from this site.", LATER
    ),
    Diagnosis.EMAIL_IN_USE: Words(
        "You already have an account here",
        "{email} already signs in here with {used}.",
        "Please sign in with {used}.",
        again=False,
    ),
    Diagnosis.NOT_ALLOWED: NOT_WELCOME,
    Diagnosis.EMAIL_DOMAIN_NOT_ALLOWED: NOT_WELCOME,
    Diagnosis.NOT_A_MEMBER: NOT_WELCOME,
    Diagnosis.NO_VERIFIED_EMAIL: Words(
        "{provider} has not verified your address",
        "This site lets in {rule}, and needs an address for that which {provider} has verified.",
        "Please verify your address at {provider}, then try again.",
    ),
    Diagnosis.EMAIL_UNREADABLE: Words(
        "Your address could not be read",
        "This site lets in {rule}. It could not read the address that {provider} sent.",
        OTHER_ACCOUNT,
    ),
    Diagnosis.DOMAIN_NOT_VOUCHED_FOR: Words(
        "{provider} does not count for your address",
        "This site lets in {rule}, and does not take the word of {provider} for your address.",
        OTHER_ACCOUNT,
    ),
    Diagnosis.MEMBERSHIP_UNKNOWN: Words(
        "Your membership could not be checked",
        "{provider} did not say where you are a member. This site lets in {rule}.",
        LATER,
    ),
    Diagnosis.ACCOUNT_OF_ANOTHER: Words(
        "That account is somebody else's here",
        "What you chose at {provider} already signs in to another account of this site.",
        "Sign in with it instead, or choose another account at {provider}.",
        again=False,
    ),
    Diagnosis.ACCOUNT_GONE: Words(
        "Your account has just changed",
        "While you were signing in, your account here was deleted, or {provider} was disconnected "
        "from it.",
        "Please try again, or use another way to sign in.",
    ),
    Diagnosis.SIGNING_KEY_UNREADABLE: Words(
        "This site cannot sign anybody in at the moment",
        "{provider} has vouched for you, but this site could not start your session.",
        "Please tell the person who runs this site, with the reference below.",
    ),
    Diagnosis.SESSION_ENDED: Words(
        "You are not signed in any more",
        "Your session ended before {provider} answered, so the account was not connected.",
        "Please sign in, then connect it again.",
        again=False,
    ),
    Diagnosis.PROVIDER_REMOVED: Words(
        "This way in has just been removed",
        "This site no longer signs anybody in with {provider}.",
        "Please use another way to sign in.",
        again=False,
    ),
    Diagnosis.PROVIDER_SWITCHED_OFF: Words(
        "This way in has just been switched off",
        "This site does not sign anybody in with {provider} at the moment.",
        "Please use another way to sign in.",
        again=False,
    ),
    Diagnosis.PROVIDER_CHANGED: Words(
        "This way in has just been changed",
        "The settings for {provider} were changed while you were signing in.",
        TRY_AGAIN,
    ),
    Diagnosis.RULES_CHANGED: Words(
        "The rules have just changed",
        "While you were signing in, the rules on who may sign in with {provider} were changed.",
        TRY_AGAIN,
    ),
    Diagnosis.ACCOUNT_SUSPENDED: Words(
        "This account is suspended",
        "{provider} confirmed who you are, but your account here has been suspended.",
        "If you think that is a mistake, ask whoever runs this site.",
        again=False,
    ),
}


def words_for(
    diagnosis: Diagnosis, provider: str, email: str = "", rule: str = "", used: Sequence[str] = ()
) -> Words:
    """Return what to say; in general terms where the details are ours to know alone.

    `provider` is the name of the provider that was tried, `used` are the names of those that sign
    in to the account that has the address.
    """
    words = WORDS.get(diagnosis, UNBELIEVABLE)
    names = {
        "provider": provider,
        "email": email,
        "rule": rule,
        "used": " or ".join(used) or "a password",
    }
    return replace(
        words,
        title=words.title.format(**names),
        sentence=words.sentence.format(**names),
        advice=words.advice.format(**names),
    )
