"""What do we send to providers, and what do they answer? Nothing else opens a connection.

| promise | file |
|---|---|
| https, no redirect, no cookie, no environment, 1 MiB, JSON with one meaning | `session.py` |
| a provider that hangs holds few threads; while one answers, no visitor is refused | `slots.py` |
| we connect to the address that was checked, under its own name | `dialing.py` |
| what requests sends and reads is sent and read in one piece | `preparing.py`, `pooling.py` |
| a head that is written and read without http.client has one meaning | `plain_messages.py` |
| a provider has only the addresses that it may have; a name is resolved in time | `addresses.py` |
| nothing outlives the deadline, however slowly a peer sends | `watchdog.py` |
| each failure has one code, and no URL in its text | `causes.py` |
| the messages of a sign-in are kept without a secret | `trace.py`, `redaction.py` |
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
