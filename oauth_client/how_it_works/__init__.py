"""What a sign-in is, for somebody who has never seen one: `/how-it-works/` and its picture.

`page.py` is the page. `browser_messages.py` notes what browser and site send each other, and keeps
it with our own requests (`outgoing.trace`) for visitors of the demo. The picture and the words of
the steps are in `attempts.drawing`.
"""
