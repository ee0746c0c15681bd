"""From a raw token to claims that are believed, by what is known here while it is fresh, else by asking."""

import time
from typing import Final

from authservice_connector.asking import Asking, TooManyAsk
from authservice_connector.claims import VerifiedClaims
from authservice_connector.errors import AccountSuspended, CannotTell
from authservice_connector.follower import Follower
from authservice_connector.refusals import Refusals
from authservice_connector.verifying import Verifier, check_unverified

__all__ = ["AskingGate", "LocalGate"]

FRESH_SECONDS: Final = 2.0
MAX_STALENESS_SECONDS: Final = 10.0
UNSURE_SECONDS: Final = 3.0
"""By so much clocks may be further apart than is known: a date is told by the second, at some time of a call of two."""


class AskingGate:
    """Without credentials of its own: each token is asked about, and remembered for a second."""

    def __init__(self, asking: Asking, *, audience: str, leeway_seconds: int) -> None:
        """`audience` as `check_unverified` has it."""
        self._asking, self._audience, self._leeway = asking, audience, leeway_seconds

    def identify(self, unverified_token: str) -> VerifiedClaims:
        """Raises one of `Refused`, or CannotTell."""
        check_unverified(unverified_token, audience=self._audience, leeway_seconds=self._leeway)
        return self._asking.ask(unverified_token)


class LocalGate:
    """Believes a token by its signature and by what notices refuse, without a call."""

    def __init__(
        self,
        verifier: Verifier,
        refusals: Refusals,
        follower: Follower,
        asking: Asking,
        *,
        max_staleness_seconds: float = MAX_STALENESS_SECONDS,
    ) -> None:
        self._verifier, self._refusals, self._follower, self._asking = verifier, refusals, follower, asking
        self._max_staleness_seconds = max_staleness_seconds

    def identify(self, unverified_token: str) -> VerifiedClaims:
        """Raises one of `Refused`, or CannotTell.

        What is older than FRESH_SECONDS decides only where nobody can be asked, and not beyond `max_staleness_seconds`.
        Nothing here decides on a token that is over by this machine's clock: it may have outlived its refusal.
        """
        self._follower.wake()
        claims = self._verifier.verify(unverified_token)
        if self._may_decide(claims, FRESH_SECONDS):
            refusal = self._refusals.find(claims)
            if refusal is None:
                return claims
            if not isinstance(refusal, AccountSuspended) or self._refusals.name_session(claims):
                raise refusal
            # A suspension ends the sessions that it finds, by name. One that is not named was opened after it was
            # lifted, and the notice of that is still on its way: a “no” would be a false one.
        try:
            self._asking.ask(unverified_token)
        except TooManyAsk:
            raise
        except CannotTell:
            if not self._may_decide(claims, self._max_staleness_seconds):
                raise
            return self._decided(claims)
        return claims

    def _decided(self, claims: VerifiedClaims) -> VerifiedClaims:
        if (refusal := self._refusals.find(claims)) is not None:
            raise refusal
        return claims

    def _may_decide(self, claims: VerifiedClaims, seconds: float) -> bool:
        is_over = time.time() + UNSURE_SECONDS >= claims.expires_at
        return self._follower.age() <= seconds and self._refusals.are_complete and not is_over
