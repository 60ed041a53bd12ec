"""What a sign-in is, for somebody who has never seen one: `/how-it-works/` and its picture.

`page.py` is the page, and `recordings.py` keeps what the demo has recorded of a visitor's own
sign-in (`outgoing.trace`). The picture and the words of the steps are in `attempts.drawing`.
"""
