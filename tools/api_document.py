"""Compares a committed API document with what the code says: `python -m tools.api_document FILE DIRECTORY`."""

import difflib
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
COMMANDS: Final = {
    "docs/openapi.yaml": ("spectacular", "--fail-on-warn", "--validate", "--file"),
    "docs/schema.graphql": ("graphql_schema", "--schema", "accounts.graphql.schema.schema", "--out"),
}
"""What of `manage.py` writes each; the file's name goes last."""


def main(committed: str, directory: str) -> int:
    current = Path(directory) / Path(committed).name
    command = [sys.executable, "manage.py", *COMMANDS[committed], str(current)]
    if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
        return code
    document = ROOT / committed
    before = document.read_text(encoding="utf-8").splitlines() if document.exists() else []
    after = current.read_text(encoding="utf-8").splitlines()
    changes = list(difflib.unified_diff(before, after, committed, "the code", lineterm="", n=1))
    if changes:
        print("\n".join(changes[:60]))
        print(f"{committed} is not what the code says; write it anew:")
        print(f"  .venv/bin/python manage.py {' '.join(COMMANDS[committed])} {committed}")
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
