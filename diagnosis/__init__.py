"""Why did this sign-in fail? One entry of a closed list, with words for visitor and admin.

`failures.toml` is that list, and the place for a new reason; `rules.toml` has the facts of each.
`decide.facts_of` collects the facts of one failure, and `decide.diagnose` finds its entry.
The pages and docs/failures.md read it (`entries.py`, `advice.py`, `failures_doc.py`).
"""

from diagnosis.entries import DIAGNOSES, in_words

__all__ = ["DIAGNOSES", "in_words"]
