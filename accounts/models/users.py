"""The user: an e-mail address that signs in, and the fields that a person may set about themselves."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Self
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, PermissionsMixin
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Lower, Now, Trim
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone
from django.utils.functional import cached_property
from phonenumber_field.modelfields import PhoneNumberField

from accounts import identifiers, passwords
from accounts.models.ordering import Bytewise

PROFILE_FIELDS: Final = ["first_name", "last_name", "phone_number"]
"""The one list of what people may set about themselves: a field of `User` named here appears at every door."""

UNCOUNTED_FIELDS: Final = frozenset({"last_login"})
"""Changes that consumers need not hear of, so `version` stays."""

COUNTERS: Final = frozenset({"version", "credentials_version"})
"""Counted by the database alone."""

GUARDED_FIELDS: Final = frozenset(
    {"password", "is_active", "is_staff", "is_superuser", "expires_at", "deletion_requested_at"}
)
"""What a copy that was read earlier must not put back by being saved whole."""

MAY_COME_IN: Final = Q(is_active=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))
"""Neither suspended nor expired, by the database's clock."""
PRESENT: Final = Q(deletion_requested_at__isnull=True)
"""Of the indexes by which people are listed: those who wait to be erased, however many, are in none of them."""


class EmailAddressField(models.EmailField):  # type: ignore[type-arg]
    """An e-mail address that passes the one normaliser on its way into every write and every look-up."""

    default_validators = [identifiers.validate_email]

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return identifiers.normalise_email(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's signature
        value = self.get_prep_value(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class JsonArray(Aggregate):
    """All values of a group as one JSON array, the same on PostgreSQL and SQLite."""

    function = "JSONB_AGG"
    output_field = models.JSONField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


def group_names_of(user_id: str) -> Coalesce:
    """The names of a user's groups, in no order, as a value of the row whose column `user_id` names the user."""
    named = Group.objects.filter(user=OuterRef(user_id)).order_by().values("user")
    names = named.annotate(names=JsonArray("name")).values("names")
    return Coalesce(Subquery(names), Value([], output_field=models.JSONField()))


class UserQuerySet(models.QuerySet["User"]):
    def present(self) -> Self:
        """All but those who asked to be deleted, and are only waiting to be erased."""
        return self.filter(PRESENT)

    def admitted(self) -> Self:
        """Those who may come in."""
        return self.filter(MAY_COME_IN)

    def expired(self) -> Self:
        """Whose account is over by the database's clock, and who have not been suspended for it."""
        return self.present().filter(is_active=True, expires_at__lte=Now())

    def whole(self) -> "list[User]":
        """Each with their `group_names`: all in one query."""
        found = list(self.annotate(names_of_groups=group_names_of("pk")))
        for user in found:
            user.group_names = sorted(user.names_of_groups)  # type: ignore[attr-defined]  # annotated above
        return found

    def record_change(self, **changes: Any) -> int:
        """Update in one statement and let `version` grow, so that mirrors see the change; how many rows matched."""
        return self.update(**changes, version=F("version") + 1, updated_at=Now())


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address; None as password makes an account that no password opens."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Raises ValueError without an address, IntegrityError when it is taken. Does not judge the password."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email, **fields)
        if password is None:
            user.set_unusable_password()
        else:
            user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who may do everything, and whose address the operator vouches for; ValueError when told otherwise."""
        flags = {"is_staff": True, "is_superuser": True, "email_verified": True} | fields
        if not (flags["is_staff"] and flags["is_superuser"]):
            raise ValueError("A superuser has is_staff=True and is_superuser=True.")
        return self.create_user(email, password, **flags)


class User(AbstractBaseUser, PermissionsMixin):
    """`version` grows at every change but `last_login`; `credentials_version` whenever older sign-ins must die."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = EmailAddressField(max_length=identifiers.EMAIL_MAX_LENGTH)
    email_verified = models.BooleanField(default=False)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    phone_number = PhoneNumberField(blank=True)
    is_active = models.BooleanField(default=True, help_text="Off: suspended. The one state for “may not come in”.")
    is_staff = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, editable=False, help_text="From then on as if suspended.")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveBigIntegerField(default=1, editable=False)
    credentials_version = models.PositiveIntegerField(default=1, editable=False)
    deletion_requested_at = models.DateTimeField(null=True, editable=False, help_text="Set: gone, but for the erasing.")

    objects = UserManager.from_queryset(UserQuerySet)()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["email"], name="unique_user_email"),
            models.CheckConstraint(condition=Q(email=Lower(Trim("email"))), name="user_email_is_normalised"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(is_active=False), name="user_suspended"),
            models.Index(
                fields=["expires_at"], condition=Q(is_active=True, expires_at__isnull=False), name="user_to_expire"
            ),
            models.Index(fields=["updated_at"], name="user_by_change"),
            models.Index(fields=["date_joined", "id"], condition=PRESENT, name="user_by_joining"),
            models.Index(Bytewise("email"), F("id"), condition=PRESENT, name="user_by_email"),
            models.Index(
                fields=["date_joined", "id"], condition=PRESENT & Q(is_active=False), name="suspended_by_joining"
            ),
            models.Index(fields=["date_joined", "id"], condition=PRESENT & Q(is_staff=True), name="staff_by_joining"),
        ]

    def __str__(self) -> str:
        return str(self.email)

    def clean(self) -> None:
        self.email = identifiers.normalise_email(self.email)

    def has_expired(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at

    def may_come_in(self, at: datetime) -> bool:
        """As `MAY_COME_IN`, at a time that the database has told."""
        return self.is_active and not self.has_expired(at)

    def set_password(self, raw_password: str | None) -> None:
        """Hashes behind the bound (Busy beyond it). Once saved, it ends every older sign-in."""
        if raw_password is None:
            self.set_unusable_password()
        else:
            self.password = passwords.hash_password(raw_password)

    def check_password(self, raw_password: str | None) -> bool:
        """Compares behind the bound. An outdated hash is made anew in the table: the hash alone, no sign-in ends."""
        if raw_password is None:
            return False
        verdict = passwords.verify(raw_password, self.password)
        if verdict.matches and verdict.outdated:
            known, self.password = self.password, passwords.hash_password(raw_password)
            User.objects.filter(pk=self.pk, password=known).update(password=self.password)
            self._assigned.discard("password")
        return verdict.matches

    def __setattr__(self, name: str, value: Any) -> None:
        if name in GUARDED_FIELDS:
            self.__dict__.setdefault("_assigned", set()).add(name)
        super().__setattr__(name, value)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> "User":
        user = super().from_db(*args, **kwargs)
        user.__dict__["_assigned"] = set()
        return user

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Leaves out what only a stale copy would put back: a guarded column is written if it was assigned here.

        Counts in the database, so that two savers never hand out one version twice.
        """
        counted = {name: self.__dict__[name] for name in COUNTERS & self.__dict__.keys()}
        if not self._state.adding:
            update_fields = self._with_counters(self._writable() if update_fields is None else set(update_fields))
        try:
            super().save(*args, update_fields=update_fields, **kwargs)
        except Exception:
            self.__dict__.update(counted)
            raise
        self._settle(set(update_fields or ()))

    def _writable(self) -> set[str]:
        """A deferred column is not in `__dict__`, and stays as it is."""
        columns = {field.attname for field in self._meta.concrete_fields if not field.primary_key}
        return {name for name in columns if name in self.__dict__ and name not in GUARDED_FIELDS} | self._assigned

    def _with_counters(self, names: set[str]) -> set[str]:
        """A change is a new version; a new password ends every older sign-in."""
        names -= COUNTERS
        if not UNCOUNTED_FIELDS.issuperset(names):
            self.version = F("version") + 1
            names |= {"version", "updated_at"}
        if "password" in names:
            self.credentials_version = F("credentials_version") + 1
            names |= {"credentials_version"}
        return names

    def _settle(self, names: set[str]) -> None:
        """The counters are read back as numbers; what was written is no longer pending."""
        if counted := names & COUNTERS:
            self.refresh_from_db(fields=counted)
        self.__dict__["_assigned"] = self._assigned - names if names else set()

    @property
    def _assigned(self) -> set[str]:
        assigned: set[str] = self.__dict__.get("_assigned", set())
        return assigned

    @cached_property
    def group_names(self) -> list[str]:
        """Sorted. Asked once an instance; whoever reads it along with the user sets it."""
        return sorted(self.groups.values_list("name", flat=True))
