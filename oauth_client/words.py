"""What a visitor is told of each failure: what happened in a sentence, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oauth_client.errors import ErrorCode
from oauth_client.failures import Failure


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
UNBELIEVABLE = Words("You are not signed in", NOT_BELIEVED, TRY_AGAIN)
UNREACHABLE = Words("No answer from {provider}", NO_ANSWER, LATER)
STALE = Words(
    "That took too long",
    "A sign-in has to be finished within ten minutes, in one go.",
    TRY_AGAIN,
)

WORDS: dict[ErrorCode, Words] = {
    ErrorCode.STATE_MISSING: GENERIC,
    ErrorCode.STATE_UNKNOWN: Words(
        "This sign-in began elsewhere",
        "It was begun in another browser, more than ten minutes ago, or with cookies blocked.",
        "Please begin again here, and allow cookies for this site.",
    ),
    ErrorCode.STATE_EXPIRED: STALE,
    ErrorCode.STATE_USED: Words(
        "This sign-in is already finished",
        "The page was opened a second time, and each sign-in works once.",
        "If you are not signed in, please try again.",
    ),
    ErrorCode.RESPONSE_MALFORMED: GENERIC,
    ErrorCode.ACCESS_DENIED: Words(
        "You said no at {provider}",
        "Nothing was shared, and you are not signed in.",
        "You can try again, or use another way to sign in.",
    ),
    ErrorCode.ISSUER_MISMATCH: UNBELIEVABLE,
    ErrorCode.AUTHORIZATION_REFUSED: Words(
        "{provider} refused", "{provider} did not let this site ask you.", TELL_ADMIN, again=False
    ),
    ErrorCode.INVALID_CLIENT: WRONG_SETTINGS,
    ErrorCode.REDIRECT_URI_MISMATCH: WRONG_SETTINGS,
    ErrorCode.TOKEN_REFUSED: WRONG_SETTINGS,
    ErrorCode.INVALID_GRANT: Words(
        "That sign-in ran out",
        "{provider} says that its permission was used already or is too old.",
        TRY_AGAIN,
    ),
    ErrorCode.CLOCK_SKEW: Words(
        "The clocks do not agree",
        "The clock of this site and the clock of {provider} are too far apart.",
        TELL_ADMIN,
        again=False,
    ),
    ErrorCode.PROFILE_REFUSED: Words(
        "{provider} would not say who you are",
        "It let you in, but did not answer this site's question.",
        TRY_AGAIN,
    ),
    ErrorCode.PROVIDER_NOT_READY: UNREACHABLE,
    ErrorCode.PROVIDER_UNAVAILABLE: Words(
        "{provider} has a problem", "It answered with an error of its own.", LATER
    ),
    ErrorCode.TIMEOUT: UNREACHABLE,
    ErrorCode.DNS_FAILURE: UNREACHABLE,
    ErrorCode.CONNECTION_FAILED: UNREACHABLE,
    ErrorCode.TLS_FAILURE: UNREACHABLE,
    ErrorCode.PROVIDER_BUSY: Words(
        "{provider} is slow at the moment",
        "Too many sign-ins are waiting for its answer.",
        LATER,
    ),
    ErrorCode.RATE_LIMITED: Words(
        "{provider} asks for a pause", "It has had too many requests from this site.", LATER
    ),
    ErrorCode.ADDRESS_REFUSED: WRONG_SETTINGS,
    ErrorCode.DISCOVERY_INVALID: WRONG_SETTINGS,
    ErrorCode.EMAIL_IN_USE: Words(
        "You already have an account here",
        "{email} already signs in here with {used}.",
        "Please sign in with {used}.",
        again=False,
    ),
    ErrorCode.ACCOUNT_SUSPENDED: Words(
        "This account is suspended",
        "{provider} confirmed who you are, but your account here has been suspended.",
        "If you think that is a mistake, ask whoever runs this site.",
        again=False,
    ),
}

OTHER_ACCOUNT = "Please use another account, or ask whoever runs this site to let you in."
REFUSED = Words(
    "This account may not sign in here",
    "{provider} confirmed who you are. This site lets in {rule}.",
    OTHER_ACCOUNT,
)
WORDS |= {
    ErrorCode.NOT_ALLOWED: REFUSED,
    ErrorCode.EMAIL_DOMAIN_NOT_ALLOWED: REFUSED,
    ErrorCode.NOT_A_MEMBER: REFUSED,
    ErrorCode.MEMBERSHIP_UNKNOWN: Words(
        "Your membership could not be checked",
        "{provider} did not say where you are a member. This site lets in {rule}.",
        LATER,
    ),
}


def words_for(failure: Failure | None, provider: str, used: Sequence[str] = ()) -> Words:
    """Return what to say; in general terms where the details are gone or ours to know alone.

    `provider` is the name of the provider that was tried, `used` are the names of those that sign
    in to the account that has the address.
    """
    if failure is None:
        return GENERIC
    words = WORDS.get(ErrorCode(failure.code), UNBELIEVABLE)
    names = {
        "provider": provider,
        "email": failure.email,
        "rule": failure.rule,
        "used": " or ".join(used) or "a password",
    }
    return replace(
        words,
        title=words.title.format(**names),
        sentence=words.sentence.format(**names),
        advice=words.advice.format(**names),
    )
