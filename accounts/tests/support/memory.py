"""What a process remembers of its database, which the next test's database knows nothing of."""

from django.core.cache import cache

from accounts.keys.ring import ring
from accounts.notices.tail import tail
from accounts.tokens import seen, standing
from accounts.tokens.trusted_keys import hearing


def forget() -> None:
    ring.forget()
    hearing.forget()
    standing.forget()
    seen.tokens.forget()
    tail.close()
    tail.reset()
    cache.clear()
