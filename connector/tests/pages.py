"""The pages that tell of the connector, and the code in them."""

import re
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = ROOT / "connector" / "README.md"
RECIPES: Final = ROOT / "docs" / "recipes.md"

PYTHON: Final = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING: Final = re.compile(r"^## (.+)$", re.MULTILINE)


def sections(page: Path) -> dict[str, str]:
    """By heading."""
    _, *pieces = HEADING.split(page.read_text(encoding="utf-8"))
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def rows(text: str) -> list[list[str]]:
    """The cells of each line of its tables, without their heads."""
    tables = re.findall(r"^\|[-|]+\|\n((?:\|.*\n?)+)", text, re.MULTILINE)
    return [[cell.strip() for cell in line.split(" | ")] for table in tables for line in _lines(table)]


def names(text: str) -> list[str]:
    """What stands in code."""
    return re.findall(r"`([^`]+)`", text)


def run(text: str, **names: Any) -> dict[str, Any]:
    """The blocks of a section, one after the other; what they leave behind."""
    blocks = PYTHON.findall(text)
    assert blocks
    for block in blocks:
        exec(block, names)
    return names


def _lines(table: str) -> list[str]:
    return [line.strip().removeprefix("|").removesuffix("|") for line in table.splitlines()]
