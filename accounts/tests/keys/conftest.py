"""Keys, present."""

import pytest

from accounts.keys.ring import KeyRing, ring
from accounts.services.signing_keys import keys


@pytest.fixture
def with_keys(db: None) -> KeyRing:
    """The ring of this process, with its first keys."""
    keys.ensure_first_keys()
    return ring
