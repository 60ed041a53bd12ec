"""What a sign-in is, for somebody who has never seen one: `/how-it-works/` and its picture.

`page.py` is the page, `steps.py` its words, `sequence_diagram.py` draws, and `recordings.py` keeps
what the demo has taken down of a visitor's own sign-in (`trace.py`).
"""
