"""Why did this sign-in fail? One answer out of a closed list, with a cause and a fix.

`gathering.facts_of` collects the facts, `diagnose` decides, `advice_for` has the words for the
admin; those for the visitor are in `diagnosis/words.py`. docs/failures.md is the same list for
a reader.
"""

from diagnosis.advice import Advice, advice_for
from diagnosis.codes import Diagnosis, in_words
from diagnosis.decide import Facts, diagnose
from protocol.hints import hint_of

__all__ = ["Advice", "Diagnosis", "Facts", "advice_for", "diagnose", "hint_of", "in_words"]
