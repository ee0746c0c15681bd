"""The tables, one file per family; reads live on their QuerySets."""

from accounts.models.attempts import AttemptCounter
from accounts.models.audit import AuditContext, AuditEvent, EventType, Outcome
from accounts.models.networks import KnownNetwork
from accounts.models.sessions import RevocationReason, Session
from accounts.models.signing_keys import Algorithm, KeyPurpose, SigningKey
from accounts.models.users import PROFILE_FIELDS, User

__all__ = [
    "PROFILE_FIELDS",
    "Algorithm",
    "AttemptCounter",
    "AuditContext",
    "AuditEvent",
    "EventType",
    "KeyPurpose",
    "KnownNetwork",
    "Outcome",
    "RevocationReason",
    "Session",
    "SigningKey",
    "User",
]
