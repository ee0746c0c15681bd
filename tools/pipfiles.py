"""Keeps `Pipfile` and `Pipfile.lock` free of package indexes: which one serves is each machine's own affair."""

import contextlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("Pipfile", "Pipfile.lock")
SOURCE_SECTION: Final = re.compile(r"^\[\[source\]\]\n(?:[a-z_]+ *=.*\n|\n)*", re.MULTILINE)


def normalise(root: Path) -> None:
    """Write both files anew where they name an index."""
    for path, text in _normal(root).items():
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")


def faults(root: Path) -> list[str]:
    """The names of the files that are not as `normalise` would leave them."""
    return [path.name for path, text in _normal(root).items() if text != path.read_text(encoding="utf-8")]


@contextlib.contextmanager
def restored_on_failure(root: Path) -> Iterator[None]:
    before = {name: (root / name).read_bytes() for name in NAMES}
    try:
        yield
    except BaseException:  # an interrupted change is undone like a failed one
        for name, content in before.items():
            (root / name).write_bytes(content)
        raise


def _normal(root: Path) -> dict[Path, str]:
    pipfile, lock = (root / name for name in NAMES)
    return {
        pipfile: SOURCE_SECTION.sub("", pipfile.read_text(encoding="utf-8")).rstrip("\n") + "\n",
        lock: _normal_lock(lock.read_text(encoding="utf-8")),
    }


def _normal_lock(text: str) -> str:
    lock: dict[str, Any] = json.loads(text)
    lock["_meta"]["sources"] = []
    for group, packages in lock.items():
        if group != "_meta":
            for package in packages.values():
                package.pop("index", None)
    return json.dumps(lock, indent=4, separators=(",", ": ")) + "\n"


def main() -> int:
    wrong = faults(Path(__file__).resolve().parent.parent)
    if wrong:
        print(f"{' and '.join(wrong)} name a package index; `make lock` writes them without.", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
