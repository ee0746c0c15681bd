"""What a mail says beyond the words of its template."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Nothing that strangers choose, such as a name: a mail from us would carry their words to anybody."""

    url: str = field(default="", repr=False)
    """The link, with the code in its fragment."""

    lifetime: timedelta | None = None
    """How long the link is good for, from when it is sent."""

    due_at: datetime | None = None
    """When an announced deletion begins."""
