"""English: see `formats.py`."""
