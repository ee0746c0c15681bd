"""The tables, one file per family; reads live on their QuerySets."""

from accounts.models.attempts import AttemptCounter
from accounts.models.audit import AuditContext, AuditEvent, EventType, Outcome
from accounts.models.audit_batches import AuditBatch
from accounts.models.clients import ClientSecret, Scope, ServiceClient
from accounts.models.codes import Code
from accounts.models.delayed_deletions import DelayedDeletion
from accounts.models.deletions import Deletion, DeletionAcknowledgement, DeletionConsumer
from accounts.models.mails import Mail, MailKind
from accounts.models.networks import KnownNetwork
from accounts.models.notices import Notice, NoticeType
from accounts.models.rollups import Figure, Rollup
from accounts.models.sessions import RevocationReason, Session
from accounts.models.signing_keys import Algorithm, KeyPurpose, SigningKey
from accounts.models.suspensions import Suspension
from accounts.models.users import PROFILE_FIELDS, User

__all__ = [
    "PROFILE_FIELDS",
    "Algorithm",
    "AttemptCounter",
    "AuditBatch",
    "AuditContext",
    "AuditEvent",
    "ClientSecret",
    "Code",
    "DelayedDeletion",
    "Deletion",
    "DeletionAcknowledgement",
    "DeletionConsumer",
    "EventType",
    "Figure",
    "KeyPurpose",
    "KnownNetwork",
    "Mail",
    "MailKind",
    "Notice",
    "NoticeType",
    "Outcome",
    "RevocationReason",
    "Rollup",
    "Scope",
    "ServiceClient",
    "Session",
    "SigningKey",
    "Suspension",
    "User",
]
