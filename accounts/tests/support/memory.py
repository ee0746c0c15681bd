"""What a process remembers of its database, which the next test's database knows nothing of."""

from django.core.cache import cache

from accounts.keys.ring import ring


def forget() -> None:
    ring.forget()
    cache.clear()
