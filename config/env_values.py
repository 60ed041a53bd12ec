"""Clean the value of a setting, and recognise placeholders and weak secrets.

Env files, shells and editors leave quotes, blanks, line ends and byte order marks around values;
examples leave placeholders; and hands in a hurry leave secrets that are easy to guess.
"""

import re
from collections import Counter
from itertools import pairwise

INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"  # byte order mark, zero width, direction marks
QUOTES = "\"'"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# The whole value: an unfilled <name>, {{name}}, ${NAME}, $(command), %NAME%, or dots and crosses.
UNFILLED = re.compile(
    r"<.*>|\{\{.*\}\}|\$\{.*\}|\$\(.*\)|%\w+%|[.\u2026x*?_-]+|.*(?:\.\.\.|\u2026)", re.IGNORECASE
)
# Words of examples. A host may be of changemakers.example or your-server.example.
WORDS = re.compile(
    r"(?<![a-z])change(?:[-_ ]?(?:me|this)|it)(?![a-z])|(?<![a-z])replace[-_ ]?(?:me|this)(?![a-z])"
    r"|(?<![a-z])(?:your|my|some)[-_ ](?:\w+[-_ ])?(?:secret|key|token|password|domain|url|value)"
    r"|(?:insert|put|enter|paste)[-_ ].*here|placeholder|django-insecure"
    r"|^(?:todo|tbd|fixme|none|null|nil|undefined|secret|password)$",
    re.IGNORECASE,
)
DISTINCT = 8  # characters or bytes: fewer of them have less to guess than their number says


def cleaned(value: str) -> str:
    """Return a value without what surrounds it by accident: blanks, line ends, a pair of quotes."""
    bare = _stripped(value)
    while len(bare) > 1 and bare[0] == bare[-1] and bare[0] in QUOTES:
        bare = _stripped(bare[1:-1])
    return bare


def is_placeholder(value: str) -> bool:
    """Tell whether somebody was to put the real value there, and did not."""
    return bool(UNFILLED.fullmatch(value) or WORDS.search(value))


def is_guessable(secret: str | bytes) -> bool:
    """Tell whether a secret has few different characters, repeats itself or counts up.

    It then has less to guess than its length says. What a random generator makes is not refused:
    32 random bytes have 30 different ones on average.
    """
    codes = [ord(sign) for sign in secret] if isinstance(secret, str) else list(secret)
    return len(set(codes)) < DISTINCT or _repeats_itself(codes) or _counts_on(codes)


def _stripped(value: str) -> str:
    """Strip blanks and invisible characters, in whatever order they come."""
    while (bare := value.strip().strip(INVISIBLE)) != value:
        value = bare
    return value


def _repeats_itself(codes: list[int]) -> bool:
    """Count different groups of three neighbours: in a random secret nearly all differ."""
    pieces = list(zip(codes, codes[1:], codes[2:], strict=False))
    return len(set(pieces)) < len(pieces) * 2 / 3


def _counts_on(codes: list[int]) -> bool:
    """Look at the steps between neighbours: those of "abcdef" and of the bytes 0, 1, 2 are one."""
    steps = Counter(later - earlier for earlier, later in pairwise(codes))
    return max(steps.values()) > len(codes) / 2
