"""Keeps the mirror in step with the log of notices: notices say who has changed, `POST /users/lookup` says to what.

What a notice names is only marked, so that neither order nor repetition matters; the mark goes when the answer is
written. Done by one process of the service at a time, and safe by any number: whoever has lost the row, by the
database's clock, changes nothing more.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from authservice_connector import clock, mirror
from authservice_connector.credentials import ServiceToken
from authservice_connector.errors import CannotTell
from authservice_connector.feed import CursorExpired, NoticeFeed, Page
from authservice_connector.locking import locked
from authservice_connector.lookup import Found, Lookup
from authservice_connector.models import MirrorPosition, RemoteUser
from authservice_connector.setbacks import Setbacks
from authservice_connector.transport import Transport

__all__ = ["Mirroring"]

LOOKED_UP_AT_ONCE: Final = 200
PAGES_AT_ONCE: Final = 20
HELD_FOR: Final = timedelta(seconds=10)
REFILL_SECONDS: Final = 60.0
"""Without news: the service's own rows may have let go of a value meanwhile."""

NOT_EXPECTED_SECONDS: Final = 60.0
NAME_A_PERSON: Final = frozenset({"user.updated", "user.suspended", "user.reinstated", "user.deleted"})

log = logging.getLogger("authservice_connector")


class _Overtaken(Exception):  # noqa: N818
    """Another process holds the row, or the log was begun anew."""


class Mirroring:
    """One a process. `turn` is called again and again, by one thread."""

    def __init__(self, issuer: str, transport: Transport, token: ServiceToken) -> None:
        self._issuer, self._transport, self._token = issuer, transport, token
        self._feed, self._lookup, self._me = NoticeFeed(transport, token), Lookup(transport, token), uuid4()
        self._setbacks = Setbacks()
        self._refill_at = self._acknowledge_at = float("-inf")
        self._is_expected = True

    def turn(self) -> bool:
        """Up to the end of the log. False if another process does the work. CannotTell where the auth service does not
        answer; what was done by then stays done.
        """
        try:
            is_at_end = False
            while not is_at_end:
                is_at_end = self._follow()
                self._bring_up_to_date()
                self._refill()
                self._acknowledge()
        except _Overtaken:
            return False
        return True

    def resync(self) -> None:
        """Everybody is to be looked up anew, whatever version is here: the auth service may have been set back, to
        before somebody's deletion too.
        """
        with transaction.atomic():
            MirrorPosition.objects.filter(pk=self._issuer).update(cursor="")
            RemoteUser.objects.filter(issuer=self._issuer).update(is_stale=True, version=0)

    def count_behind(self) -> int | None:
        """How many people are to be looked up; None until the log was read from its beginning."""
        if not MirrorPosition.objects.filter(pk=self._issuer).exclude(cursor="").exists():
            return None
        return self._stale().count()

    def _hold(self) -> bool:
        """Without a wait for whoever is at work: a receiver of theirs may be slow."""
        MirrorPosition.objects.get_or_create(pk=self._issuer)
        free = Q(holder=self._me) | Q(holder=None) | Q(held_until__lt=Now())
        own = MirrorPosition.objects.filter(pk=self._issuer)
        with transaction.atomic():
            if not locked(own.filter(free), skip_locked=True).values_list("pk").first():
                return False
            return bool(own.update(holder=self._me, held_until=Now() + HELD_FOR))

    def _keep(self) -> str:
        """The position, held for another while."""
        if not self._hold():
            raise _Overtaken
        return MirrorPosition.objects.values_list("cursor", flat=True).get(pk=self._issuer)

    def _follow(self) -> bool:
        """Whether the end of the log was reached."""
        for _ in range(PAGES_AT_ONCE):
            cursor = self._keep()
            try:
                page = self._feed.read(cursor or None)
            except CursorExpired:
                log.warning("The mirror was away for too long, or the log is another one: everybody is looked up anew.")
                self.resync()
                continue
            if not self._take(page, cursor):
                raise _Overtaken
            if page.is_complete:
                return True
        return False

    @transaction.atomic
    def _take(self, page: Page, cursor: str) -> bool:
        """Mark whom the page names and move on, both or neither; False if another process was quicker."""
        if (position := self._locked(cursor)) is None:
            return False
        try:
            self._mark(_named_by(page.notices))
        except (KeyError, TypeError, AttributeError) as exc:
            raise CannotTell("A notice does not read.") from exc
        if page.cursor != cursor:
            owes = any(notice["type"] == "user.deleted" for notice in page.notices) or not cursor
            position.cursor, position.owed = page.cursor, page.cursor if owes else position.owed
            position.save(update_fields=["cursor", "owed"])
        return True

    def _locked(self, cursor: str) -> MirrorPosition | None:
        """Nobody takes the row until the transaction ends; None if somebody has, or the log was begun anew."""
        position = locked(MirrorPosition.objects.filter(pk=self._issuer)).get()
        return position if position.holder == self._me and position.cursor == cursor else None

    def _mark(self, whom: Q | None) -> None:
        if whom is not None:
            RemoteUser.objects.filter(whom, issuer=self._issuer, deleted_at=None).update(is_stale=True)

    def _stale(self) -> "QuerySet[RemoteUser]":
        return RemoteUser.objects.filter(issuer=self._issuer, is_stale=True)

    def _bring_up_to_date(self) -> None:
        for subjects in self._batches(self._stale()):
            cursor = self._keep()
            for found in self._lookup.ask(subjects):
                for subject, step in self._steps(found):
                    self._try(subject, cursor, step)
                cursor = self._keep()

    def _batches(self, people: "QuerySet[RemoteUser]") -> Iterator[list[str]]:
        """Of subjects, but for those whom something fails at again and again."""
        behind = 0
        while found := list(
            people.filter(pk__gt=behind).order_by("pk").values_list("pk", "subject")[:LOOKED_UP_AT_ONCE]
        ):
            behind = found[-1][0]
            if due := [subject for _, subject in found if self._setbacks.is_due(subject)]:
                yield due

    def _steps(self, found: Found) -> Iterator[tuple[str, Callable[[], object]]]:
        for subject, details in found.users.items():
            yield subject, partial(mirror.apply, self._issuer, details, settled=True)
        for subject in sorted(found.deleted):
            yield subject, partial(self._remove, subject)
        if found.unknown:  # only “deleted” deletes: it may be the fault of what was restored there
            log.warning(
                "The auth service does not know %d people who are mirrored here; they stay.", len(found.unknown)
            )
        for subject in sorted(found.foreign):
            log.error("%s is no id that the auth service takes; the row stays as it is.", subject)
        for subject in sorted(found.unknown | found.foreign):
            yield subject, partial(self._pass_over, subject)
        for subject in sorted(found.left_out):
            log.error("The auth service's answer leaves %s out; deletions are not acknowledged until then.", subject)
            self._setbacks.note(subject)

    def _try(self, subject: str, cursor: str, step: Callable[[], object]) -> None:
        """One person a transaction: whom a receiver fails at stays marked, and is not acknowledged; others go on.

        Only whoever holds the row: else a mark that was set since would be wiped off by an older answer.
        """
        try:
            with transaction.atomic():
                if self._locked(cursor) is None:
                    raise _Overtaken
                step()
        except _Overtaken:
            raise
        except Exception as exc:  # noqa: BLE001 - whatever a receiver raises; its message may tell of the person
            log.error("%s could not be mirrored, and is tried again: %s", subject, type(exc).__name__)  # noqa: TRY400
            self._setbacks.note(subject)
        else:
            self._setbacks.forget(subject)
            self._refill_at = float("-inf")

    def _remove(self, subject: str) -> None:
        remote = mirror.lock(self._issuer, subject)
        if remote is not None and remote.deleted_at is None:
            mirror.remove(remote)
        else:
            self._pass_over(subject)

    def _pass_over(self, subject: str) -> None:
        RemoteUser.objects.filter(issuer=self._issuer, subject=subject).update(is_stale=False)

    def _refill(self) -> None:
        """Behind everybody's turn: what was somebody else's while a person was written may be free now."""
        if clock.now() < self._refill_at:
            return
        for subjects in self._batches(RemoteUser.objects.filter(issuer=self._issuer, lacks_values=True)):
            cursor = self._keep()
            for subject in subjects:
                self._try(subject, cursor, partial(mirror.refill, self._issuer, subject))
        self._refill_at = clock.now() + REFILL_SECONDS

    def _acknowledge(self) -> None:
        """Behind the commit of everything that it speaks for."""
        owed = MirrorPosition.objects.values_list("owed", flat=True).get(pk=self._issuer)
        if not owed or clock.now() < self._acknowledge_at or self._stale().exists():
            return
        answer = self._transport.post_json("/notices/ack", {"cursor": owed}, bearer=self._token.get())
        if answer.status == 403:  # noqa: PLR2004
            self._wait_to_be_expected()
        elif answer.status not in {204, 410}:
            raise CannotTell(f"The auth service answers {answer.status} to POST /notices/ack.")
        else:
            self._is_expected = True
            MirrorPosition.objects.filter(pk=self._issuer, owed=owed).update(owed="")

    def _wait_to_be_expected(self) -> None:
        if self._is_expected:
            log.warning("Deletions are not acknowledged: this service's client is not set to hold personal data.")
        self._is_expected, self._acknowledge_at = False, clock.now() + NOT_EXPECTED_SECONDS


def _named_by(notices: Collection[Mapping[str, Any]]) -> Q | None:
    """Whom they are about; a group's new name is about everybody who is in it."""
    subjects = {notice["subject"] for notice in notices if notice["type"] in NAME_A_PERSON}
    if any(notice["type"] == "group.changed" for notice in notices):
        return Q()
    return Q(subject__in=subjects) if subjects else None
