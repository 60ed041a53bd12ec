"""Who did what here, when and from where? A log that can be added to and read, no more.

`recording.record` writes an event in the transaction of what it is about. `recording.note` leaves
it to the background thread, where writing must neither slow down nor fail a sign-in.
docs/audit-log.md says what is in it.
"""
