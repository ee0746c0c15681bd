"""What stands in a table's cell, as HTML: ids in monospace, times in UTC, states as labels."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

NOTHING: Final = "–"


def mono(text: Any) -> SafeString:
    """An id, or another code: to be compared, and copied whole."""
    return format_html('<span class="mono">{}</span>', text)


def whole(text: Any) -> SafeString:
    """A code that is short enough for one line."""
    return format_html('<span class="mono whole">{}</span>', text)


def titled(text: str, whole: str) -> SafeString:
    """The beginning of an id, all of which is in its title."""
    return format_html('<span class="mono whole" title="{}">{}</span>', whole, text)


def link(url: str, text: Any) -> SafeString:
    return format_html('<a class="text-link" href="{}">{}</a>', url, text)


def moment(at: datetime | None) -> SafeString | str:
    """To the minute; the second is in its title."""
    if at is None:
        return NOTHING
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{0}" title="{0}">{1} UTC</time>', f"{utc:%Y-%m-%dT%H:%M:%SZ}", f"{utc:%Y-%m-%d %H:%M}"
    )


def label(text: str, variant: str = "") -> SafeString:
    """`variant` is one of Unfold's: info, success, warning, danger, or none."""
    return SafeString(render_to_string("unfold/helpers/label.html", {"text": text, "variant": variant}))


def yes(is_so: bool) -> str:  # noqa: FBT001 - what it is about
    return "Yes" if is_so else NOTHING


def pairs(data: Mapping[str, Any]) -> SafeString | str:
    """Codes and counts, by name."""
    told = [f"{name}={value}" for name, value in data.items() if value is not None]
    return mono(", ".join(told)) if told else NOTHING
