"""Keys as they lie in the table: read with their private halves opened, and made anew."""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.conf import auth_settings
from accounts.keys import encryption, jwk
from accounts.keys.key import RingKey, lifetime
from accounts.models import Algorithm, KeyPurpose, SigningKey


def algorithm_for(purpose: KeyPurpose) -> Algorithm:
    """What new keys of this purpose sign with. Refresh tokens come back only to us, so a symmetric key serves."""
    return Algorithm(auth_settings.algorithm) if purpose == KeyPurpose.ACCESS else Algorithm.HS256


def read_standing() -> list[RingKey]:
    """All that are not withdrawn, in the order of their publication."""
    return [_opened(row) for row in SigningKey.objects.standing()]


def new_rows(purpose: KeyPurpose, *, at: datetime) -> list[SigningKey]:
    """A key that signs from now and its published, unused successor; not saved yet."""
    return [new_row(purpose, at=at, signing_from=begin) for begin in (at, None)]


def new_row(purpose: KeyPurpose, *, at: datetime, signing_from: datetime | None = None) -> SigningKey:
    """Published at that moment; not saved yet. An RSA key takes seconds: never within a transaction."""
    algorithm = algorithm_for(purpose)
    private = jwk.generate(algorithm)
    return SigningKey(
        kid=jwk.thumbprint(private),
        purpose=purpose,
        algorithm=algorithm,
        public_jwk=jwk.public_half(private, algorithm),
        private_jwk_encrypted=encryption.encrypt(json.dumps(private).encode()),
        published_at=at,
        signing_from=signing_from,
        longest_life_seconds=lifetime_seconds(purpose),
    )


def lifetime_seconds(purpose: KeyPurpose) -> int:
    """Today's, as it is noted beside a key."""
    return math.ceil(lifetime(purpose).total_seconds())


def _opened(row: SigningKey) -> RingKey:
    return RingKey(
        kid=row.kid,
        purpose=KeyPurpose(row.purpose),
        algorithm=Algorithm(row.algorithm),
        public_jwk=row.public_jwk,
        private_jwk=_decrypted(row),
        published_at=row.published_at,
        signing_from=row.signing_from,
        signing_until=row.signing_until,
        longest_life=row.longest_life,
    )


def _decrypted(row: SigningKey) -> Mapping[str, Any] | None:
    try:
        private: dict[str, Any] = json.loads(encryption.decrypt(row.private_jwk_encrypted))
    except encryption.Undecryptable:
        return None
    return private
