"""What happened in each sign-in that came back? Kept, counted, drawn.

`recording.py` writes a row for each, `counting.py` counts what makes no row, and `admin.py` shows
them. `diagnosis/` says why one failed.
"""
