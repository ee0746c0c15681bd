"""simplejwt's token classes over our key ring, so that whatever knows them keeps working."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Self

from rest_framework_simplejwt import tokens as simplejwt
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken
from rest_framework_simplejwt.utils import aware_utcnow

from accounts.conf import auth_settings
from accounts.errors import Refusal, TokenExpired, Unavailable
from accounts.models import KeyPurpose
from accounts.tokens import compact, trusted_keys, verifying
from accounts.tokens.claims import ACCESS_TYP, REFRESH_TYP

REQUIRED_CLAIMS: Final = frozenset({"iss", "sub", "aud", "exp", "iat", "sid", "client_id"})


class AccessBackend:
    """Signs and verifies access tokens with the ring, where simplejwt's own backend binds one key at import."""

    def encode(self, payload: Mapping[str, Any]) -> str:
        """TokenBackendError for a token that would name no issuer, audience, session or end, as `for_user` makes."""
        if missing := REQUIRED_CLAIMS - payload.keys():
            raise TokenBackendError(f"An access token without {', '.join(sorted(missing))} is not signed here.")
        return compact.encode(payload, typ=ACCESS_TYP, key=trusted_keys.signing_key(KeyPurpose.ACCESS))

    def decode(self, token: str | bytes, *, verify: bool = True) -> dict[str, Any]:
        """simplejwt's errors for a definite "no"; Unavailable passes through, because "can't tell" is no "no"."""
        text = token.decode("latin-1") if isinstance(token, bytes) else token
        try:
            return dict(verifying.verify_access(text).payload)
        except Unavailable:
            raise
        except TokenExpired as exc:
            raise TokenBackendExpiredToken(exc.detail) from exc
        except Refusal as exc:
            raise TokenBackendError(exc.detail) from exc

    def get_leeway(self) -> timedelta:
        return auth_settings.clock_leeway


class RefreshBackend:
    """Signs refresh tokens over the session's secret. Reading one takes its session: see `services.refreshing`."""

    def __init__(self, session_secret: bytes) -> None:
        self._session_secret = session_secret

    def encode(self, payload: Mapping[str, Any]) -> str:
        key = trusted_keys.signing_key(KeyPurpose.REFRESH)
        return compact.encode(payload, typ=REFRESH_TYP, key=key, secret=self._session_secret)


class AccessToken(simplejwt.AccessToken):
    """An access token by RFC 9068. `AccessToken(text)` verifies all but standing; `str(token)` signs."""

    lifetime = timedelta(minutes=5)  # asked for by simplejwt's constructor; `issuing` writes the real `exp`

    def __init__(self, token: Any = None, verify: bool = True) -> None:  # noqa: FBT001, FBT002 - simplejwt's
        super().__init__(token, verify)
        if token is None:
            self.payload = {}

    @classmethod
    def with_claims(cls, payload: Mapping[str, Any]) -> Self:
        """For claims that need no look: verified already, or to be signed."""
        token = cls.__new__(cls)
        _begin(token, payload)
        return token

    def verify(self) -> None:
        """Nothing is left to check: the backend has refused whatever is to be refused."""

    def get_token_backend(self) -> AccessBackend:  # type: ignore[override]
        return AccessBackend()


class RefreshToken(simplejwt.RefreshToken):
    """simplejwt's shape for a refresh token that no resource server can take for an access token."""

    lifetime = timedelta(days=14)
    access_token_class = AccessToken

    def __init__(self, payload: Mapping[str, Any], *, session_secret: bytes) -> None:
        _begin(self, payload)
        self._backend = RefreshBackend(session_secret)

    def get_token_backend(self) -> RefreshBackend:  # type: ignore[override]
        return self._backend


def _begin(token: simplejwt.Token, payload: Mapping[str, Any]) -> None:
    """In place of simplejwt's constructor, which would draw dates and an id of its own first."""
    token.token, token.current_time, token.payload = None, aware_utcnow(), dict(payload)
