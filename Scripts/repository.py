"""Where things are, for scripts that run `verify` on what is bundled."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERIFY = pathlib.Path(os.environ.get("GRAVEL_BIN", ROOT / ".build/release")) / "verify"


def middleboxes():
    """The names of those that are bundled."""
    return sorted(path.name for path in (ROOT / "Middleboxes").iterdir() if (path / f"{path.name}.c").is_file())


def require_middleboxes(parser, names):
    """Ends with a message, as the parser of the arguments does, where one is not bundled; and where `verify` is not built."""
    unknown = [name for name in names if name not in middleboxes()]
    if unknown:
        parser.error(f"there is no middlebox {unknown[0]}; there are {', '.join(middleboxes())}")
    require_verify()


def require_verify():
    if not os.access(VERIFY, os.X_OK):
        sys.exit(f"error: {VERIFY} is not there: 'make build' first")
