"""What do we send to providers, and what was said in it? Nothing else opens a connection.

| what is promised | where |
|---|---|
| https, no redirect, no cookie, no environment, 1 MiB, JSON that has one meaning | `session.py` |
| a provider that hangs holds few threads, and one that answers refuses nobody | `slots.py` |
| the address that was judged is the one connected to, under its own name | `dialing.py` |
| which addresses a provider may have | `addresses.py` |
| a name is resolved in 2 s or not at all | `resolution.py` |
| nothing outlives the deadline, however slowly a peer drips | `watchdog.py` |
| one code for every way to fail, and no URL in its text | `causes.py` |
| what certificate a server has | `certificates.py` |
| what was said in a sign-in, and that no secret is in it | `trace.py`, `redaction.py` |
"""

from outgoing.addresses import AddressPolicy
from outgoing.session import USER_AGENT, ProviderSession, json_object, json_value, session_for
from outgoing.watchdog import deadline, seconds_left

__all__ = [
    "USER_AGENT",
    "AddressPolicy",
    "ProviderSession",
    "deadline",
    "json_object",
    "json_value",
    "seconds_left",
    "session_for",
]
