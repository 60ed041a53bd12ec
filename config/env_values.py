"""Clean the value of a setting, and recognise placeholders and weak secrets."""

import re
from collections import Counter
from itertools import pairwise

INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"  # byte order mark, zero width, direction marks
QUOTES = "\"'"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# The whole value is a placeholder: <name>, {{name}}, ${NAME}, $(command), %NAME%, dots, crosses
UNFILLED = re.compile(
    r"<.*>|\{\{.*\}\}|\$\{.*\}|\$\(.*\)|%\w+%|[.\u2026x*?_-]+|.*(?:\.\.\.|\u2026)", re.IGNORECASE
)
# Words of examples. The hosts changemakers.example and your-server.example do not match.
WORDS = re.compile(
    r"(?<![a-z])change(?:[-_ ]?(?:me|this)|it)(?![a-z])|(?<![a-z])replace[-_ ]?(?:me|this)(?![a-z])"
    r"|(?<![a-z])(?:your|my|some)[-_ ](?:\w+[-_ ])?(?:secret|key|token|password|domain|url|value)"
    r"|(?:insert|put|enter|paste)[-_ ].*here|placeholder|django-insecure"
    r"|^(?:todo|tbd|fixme|none|null|nil|undefined|secret|password)$",
    re.IGNORECASE,
)
DISTINCT = 8  # different characters or bytes at least; 32 random bytes have 30 on average


def cleaned(value: str) -> str:
    """Return a value without what env files, shells and editors leave around it."""
    before = ""
    while value != before:
        before, value = value, value.strip().strip(INVISIBLE)
        if len(value) > 1 and value[0] == value[-1] and value[0] in QUOTES:
            value = value[1:-1]
    return value


def is_placeholder(value: str) -> bool:
    """Tell whether a value is an example, to be replaced by the real one."""
    return bool(UNFILLED.fullmatch(value) or WORDS.search(value))


def is_guessable(secret: str | bytes) -> bool:
    """Tell whether a secret has few different characters, repeats itself or counts up."""
    codes = [ord(sign) for sign in secret] if isinstance(secret, str) else list(secret)
    if len(set(codes)) < DISTINCT:
        return True
    groups = list(zip(codes, codes[1:], codes[2:], strict=False))
    if len(set(groups)) < len(groups) * 2 / 3:  # of a random secret, nearly all groups differ
        return True
    steps = Counter(later - earlier for earlier, later in pairwise(codes))
    return max(steps.values()) > len(codes) / 2  # as in "abcdef" and in the bytes 0, 1, 2
