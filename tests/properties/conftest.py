"""How long is searched: the same examples in every run, some seconds in all.

`pytest tests/properties --hypothesis-profile=search` looks further, and elsewhere each time.
"""

from hypothesis import settings

COMMON = {"deadline": None, "database": None}
settings.register_profile("same", max_examples=40, derandomize=True, **COMMON)
settings.register_profile("search", max_examples=500, **COMMON)
settings.load_profile("same")
