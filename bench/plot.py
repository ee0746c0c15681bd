"""The ratios as an SVG bar chart: a logarithmic scale, a line where both are equal, whiskers from lowest to highest."""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log10
from typing import Final

from bench import table
from bench.ratios import Comparison
from bench.results import Results

WIDTH: Final = 960
LEFT: Final = 380
RIGHT: Final = 190
TOP: Final = 64
STEP: Final = 34
BAR: Final = 18
STYLE: Final = """
  svg { font: 13px system-ui, sans-serif; background: #fff; color: #1b1f24 }
  text { fill: currentColor } .title { font-size: 16px; font-weight: 600 } .quiet { opacity: .65 }
  .bar { fill: #4c78a8 } .missed { fill: #c4432b } .grid { stroke: currentColor; opacity: .15 }
  .even { stroke: currentColor; opacity: .8 } .whisker { stroke: currentColor; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) { svg { background: #14171a; color: #e6e6e6 } .bar { fill: #6f9fd0 } }
"""


class _Scale:
    """Whole powers of ten at both ends, and 1 always among them."""

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        values = [value for each in comparisons for value in (each.ratio.low, each.ratio.high)]
        self.first, self.last = floor(log10(min([0.5, *values]))), ceil(log10(max([2.0, *values])))

    def x(self, value: float) -> float:
        return round(LEFT + (log10(value) - self.first) / (self.last - self.first) * (WIDTH - LEFT - RIGHT), 1)

    def powers(self) -> list[float]:
        return [10.0**exponent for exponent in range(self.first, self.last + 1)]


def svg(results: Results) -> str:
    comparisons = results.comparisons
    scale, bottom = _Scale(comparisons), TOP + STEP * len(comparisons)
    facts = results.facts
    spread = f"Median of {facts['rounds']} rounds of {facts['seconds']:g} s, whiskers from the lowest to the highest"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 40}" role="img">',
        f"<title>authservice against others</title><style>{STYLE}</style>",
        '<text class="title" x="16" y="28">authservice against others: how many times as fast</text>',
        f'<text class="quiet" x="16" y="48">{spread}; a logarithmic scale</text>',
        *_grid(scale, bottom),
        *(part for number, each in enumerate(comparisons) for part in _bar(each, scale, TOP + STEP * number)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _grid(scale: _Scale, bottom: int) -> Iterator[str]:
    for power in scale.powers():
        x, kind = scale.x(power), "even" if power == 1 else "grid"
        yield f'<line class="{kind}" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>'
        yield f'<text class="quiet" x="{x}" y="{bottom + 20}" text-anchor="middle">× {power:g}</text>'


def _bar(comparison: Comparison, scale: _Scale, top: int) -> Iterator[str]:
    ratio, middle = comparison.ratio, top + STEP / 2
    even, end = scale.x(1), scale.x(ratio.median)
    low, high = scale.x(ratio.low), scale.x(ratio.high)
    kind = "bar" if comparison.is_met else "bar missed"
    label = escape(f"{comparison.row} / {comparison.against}")
    rates = f"{table.number(comparison.ours.median)} / {table.number(comparison.theirs.median)} a second"
    yield f'<text x="{LEFT - 12}" y="{middle + 5}" text-anchor="end">{label}</text>'
    place = f'x="{min(even, end)}" y="{middle - BAR / 2}" width="{abs(end - even):.1f}" height="{BAR}"'
    yield f'<rect class="{kind}" {place}><title>{label}: {table.ratio(ratio)}</title></rect>'
    yield f'<line class="whisker" x1="{low}" y1="{middle}" x2="{high}" y2="{middle}"/>'
    yield f'<text x="{WIDTH - RIGHT + 12}" y="{middle}">× {table.times(ratio.median)}</text>'
    yield f'<text class="quiet" x="{WIDTH - RIGHT + 12}" y="{middle + 14}" font-size="11">{rates}</text>'
