"""What was said in each sign-in that came back? Kept, counted, drawn.

`recording.py` writes a row for each, `counting.py` numbers for what makes no row, `admin.py` shows
them; `diagnosis/` says why one failed.
"""
