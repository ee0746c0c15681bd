"""The results as Markdown, to be pasted into `docs/performance.md`."""

from collections.abc import Iterator, Sequence

from bench import table
from bench.results import Results


def text(results: Results) -> str:
    """Two tables and what is to be said of them."""
    facts = results.facts
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    return "\n".join(
        [
            " ".join(table.preamble(results)),
            "",
            *_rows(table.GATES, table.gates(results)),
            "",
            table.verdict(results),
            "",
            *_rows(table.HEADINGS, table.comparisons(results)),
            "",
            *(f"- {remark}" for remark in table.remarks(results)),
            "",
            f"Python {facts['python']} on {facts['machine']} with {facts['cores']} cores; {packages}.",
            "",
        ]
    )


def _rows(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for cells in (headings, ("---",) * len(headings), *rows):
        yield f"| {' | '.join(cells)} |"
