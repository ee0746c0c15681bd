"""What the server itself counts of its memory, as its `/metrics` say: how many standings it did not have to ask for."""

import re
import urllib.request
from collections.abc import Mapping
from typing import Final

READS: Final = re.compile(r'^authservice_standing_reads_total\{source="([a-z_]+)"\} ([0-9.e+]+)$', re.MULTILINE)


def standing_reads(port: int) -> Mapping[str, float]:
    """By where they were found."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return {source: float(count) for source, count in READS.findall(answer.read().decode())}


def from_memory(before: Mapping[str, float], after: Mapping[str, float]) -> float | None:
    """The share of those read in between; None where nothing was."""
    counts = {source: count - before.get(source, 0) for source, count in after.items()}
    total = sum(counts.values())
    return 1 - counts.get("database", 0) / total if total else None
