"""Notes beside each key how long what it signs may live, before it signs anything that lives so long.

By this a retired key is kept, and a refusal remembered, for tokens that were signed under another setting than today's.
"""

from accounts.keys import stored
from accounts.models import KeyPurpose, NoticeType, SigningKey
from accounts.notices import log
from accounts.services.transactions import transactional


def note_longer() -> int:
    """Of how many keys. Never lowered: what lives longer has been signed already, or may have been."""
    return sum(_note(purpose) for purpose in KeyPurpose)


def _note(purpose: KeyPurpose) -> int:
    """Looks before it writes: there hardly ever is anything to note."""
    seconds = stored.lifetime_seconds(purpose)
    shorter = SigningKey.objects.signing_or_to_sign().filter(purpose=purpose, longest_life_seconds__lt=seconds)
    return sum(_raise(kid, seconds) for kid in shorter.values_list("kid", flat=True))


@transactional
def _raise(kid: str, seconds: int) -> bool:
    """Not if another process has noted as much meanwhile."""
    shorter = SigningKey.objects.filter(pk=kid, longest_life_seconds__lt=seconds)
    if not shorter.update(longest_life_seconds=seconds):
        return False
    log.append(NoticeType.KEYS_CHANGED, kid, stage="prolonged")
    return True
