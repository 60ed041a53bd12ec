"""Why did this sign-in fail? One answer out of a closed list, with a cause and a fix.

`gathering.facts_of` collects the facts, `diagnose` decides, `advice_for` has the words for the
admin; those for the visitor are in `oauth_client/words.py`. docs/failures.md is the same list for
a reader.
"""

from oauth_client.diagnosis.advice import Advice, advice_for
from oauth_client.diagnosis.codes import Diagnosis, in_words
from oauth_client.diagnosis.decide import Facts, diagnose
from oauth_client.diagnosis.hints import hint_of

__all__ = ["Advice", "Diagnosis", "Facts", "advice_for", "diagnose", "hint_of", "in_words"]
