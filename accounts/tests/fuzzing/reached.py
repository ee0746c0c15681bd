"""Which operations answered well at least once."""

from typing import Final

SHARE: Final = 0.9


class Reached:
    def __init__(self) -> None:
        self._successes: dict[str, int] = {}

    def note(self, operation: str, *, is_success: bool) -> None:
        self._successes[operation] = self._successes.get(operation, 0) + is_success

    def assert_enough(self) -> None:
        """At least nine of ten; what only ever refuses was not tested."""
        missed = [operation for operation, successes in self._successes.items() if not successes]
        reached = len(self._successes) - len(missed)
        print(f"{reached} of {len(self._successes)} operations answered well at least once; not {missed}")  # noqa: T201 - with -s
        assert self._successes
        assert reached >= SHARE * len(self._successes), f"never answered well: {missed}"
