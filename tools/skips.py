"""Tells which tests were skipped, and fails on one that nobody expected: `python -m tools.skips LIST`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from tools.suite import DATABASES, REPORTS


def main(expected_file: str) -> int:
    expected = _read(Path(expected_file))
    missing = [name for name in DATABASES if not (REPORTS / f"{name}.xml").exists()]
    if missing:
        print(f"no report of the tests on {', '.join(missing)}")
        return 1
    skips = [skip for name in DATABASES for skip in _skips(REPORTS / f"{name}.xml", name)]
    surprises = [test for test, _ in skips if test not in expected]
    for test, reason in skips:
        print(f"{'NOT EXPECTED ' if test in surprises else ''}skipped: {test}: {reason}")
    print(f"skipped: {len(skips)}, of which {len(surprises)} not in {expected_file}")
    return 1 if surprises else 0


def _read(path: Path) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {line for line in lines if line}


def _skips(report: Path, database: str) -> Iterator[tuple[str, str]]:
    """The tests as `database module::name`, each with its reason."""
    for case in ET.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if skipped is not None:
            yield f"{database} {case.get('classname')}::{case.get('name')}", skipped.get("message", "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
