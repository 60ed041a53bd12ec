# Where pgAdmin keeps its things, before the snippet.
from pathlib import Path

DATA_DIR = str(Path.cwd() / "data")
MASTER_PASSWORD_REQUIRED = False  # it asks for one at once, in front of everything
