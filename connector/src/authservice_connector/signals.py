"""What the mirror tells the service: each is sent within the transaction of what it tells of, so that a receiver's own
changes are committed with it or not at all.

Every receiver gets `remote` (the RemoteUser) and `user` (its local user).
"""

from typing import Final

from django.dispatch import Signal

__all__ = ["user_deleted", "user_mirrored", "user_reinstated", "user_suspended"]

user_mirrored: Final = Signal()
"""Made or brought up to date; `created` says which."""

user_suspended: Final = Signal()
user_reinstated: Final = Signal()

user_deleted: Final = Signal()
"""Remove what you hold about this person. It is acknowledged only once all receivers are through and committed; one
that raises is called again.
"""
