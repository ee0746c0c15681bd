"""Takes people over from a file, some hundreds a transaction; whoever is there already stays as they are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, Final
from uuid import UUID

from django.db import IntegrityError

from accounts import audit
from accounts.errors import FieldError, InvalidInput
from accounts.models import Deletion, Suspension, User
from accounts.principals import Principal, name_of
from accounts.services.importing import lines
from accounts.services.importing.lines import Line, Person
from accounts.services.importing.seen import Seen
from accounts.services.transactions import transactional

BATCH: Final = 500
"""A transaction of a tenth of a second: nobody waits for it, and no deadline of the database is near."""

ATTEMPTS: Final = 3
"""At a batch, while others register some of its people."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line, and why nobody was taken over from it; nothing in it is personal."""

    line: int
    errors: tuple[FieldError, ...]


@dataclass(slots=True)
class Batch:
    """What became of some lines. `hashes` counts those that were imported, by algorithm."""

    last_line: int
    imported: int = 0
    present: int = 0
    refused: list[Refused] = field(default_factory=list)
    hashes: Counter[str] = field(default_factory=Counter)


def import_users(file: BinaryIO, *, actor: Principal) -> Iterator[Batch]:
    """Batch by batch, each committed when it is told. To go on after an interruption, begin anew: it is known by their
    addresses who is there already.
    """
    every = lines.read(file)
    with Seen() as seen:
        while some := list(islice(every, BATCH)):
            batch = Batch(last_line=some[-1].number)
            people = _parse(some, seen, batch)
            _store(people, batch, actor)
            batch.refused.sort(key=lambda refused: refused.line)
            yield batch


def _parse(some: Sequence[Line], seen: Seen, batch: Batch) -> list[Person]:
    people = []
    for line in some:
        try:
            person = lines.parse(line)
            _require_first(person, seen)
        except InvalidInput as refusal:
            batch.refused.append(Refused(line.number, refusal.errors))
        else:
            people.append(person)
    return people


def _require_first(person: Person, seen: Seen) -> None:
    """An address is one account whatever its case or Unicode form; the first line that has it counts."""
    said = {"email": f"email:{person.user.email}"} | ({"id": f"id:{person.user.pk}"} if person.has_own_id else {})
    first = {name: seen.note(what, person.line) for name, what in said.items()}
    problems = [
        FieldError(name, "duplicate", f"Line {line} has it already.")
        for name, line in first.items()
        if line != person.line
    ]
    if problems:
        raise InvalidInput(problems)


def _store(people: Sequence[Person], batch: Batch, actor: Principal) -> None:
    for attempt in range(ATTEMPTS):
        try:
            stored, present, refused = _store_new(people, actor)
            break
        except IntegrityError:
            if attempt == ATTEMPTS - 1:
                raise
    batch.imported, batch.present = len(stored), present
    batch.refused += refused
    batch.hashes.update(_algorithm(user) for user in stored)


@transactional
def _store_new(people: Sequence[Person], actor: Principal) -> tuple[list[User], int, list[Refused]]:
    """Whoever was not there, how many were, and who can't be."""
    known = dict(User.objects.filter(email__in=[p.user.email for p in people]).values_list("email", "pk"))
    ids = [person.user.pk for person in people if person.has_own_id]
    taken, deleted = _ids(User, "pk", ids), _ids(Deletion, "user_id", ids)
    new: list[User] = []
    refused = []
    for person in people:
        if problem := _problem(person, known, taken, deleted):
            refused.append(Refused(person.line, (problem,)))
        elif person.user.email not in known:
            new.append(person.user)
    _insert(new, actor)
    return new, len(people) - len(new) - len(refused), refused


def _ids(model: type[User] | type[Deletion], column: str, ids: Sequence[UUID]) -> set[UUID]:
    return set(model._default_manager.filter(**{f"{column}__in": ids}).values_list(column, flat=True))  # noqa: SLF001


def _problem(person: Person, known: dict[str, UUID], taken: set[UUID], deleted: set[UUID]) -> FieldError | None:
    """Other services know people by their ids: nobody gets another one, or somebody else's."""
    user_id, there = person.user.pk, known.get(person.user.email)
    if not person.has_own_id or user_id == there:
        return None
    if there is not None:
        return FieldError("id", "another_id", "The address is here already, under another id.")
    if user_id in taken:
        return FieldError("id", "taken", "The id is somebody else's here.")
    if user_id in deleted:
        return FieldError("id", "deleted", "Whoever had this id was deleted here.")
    return None


def _insert(new: Sequence[User], actor: Principal) -> None:
    """No notice: nobody can have heard of them, as of whoever registers."""
    User.objects.bulk_create(new)
    Suspension.objects.bulk_create(Suspension(user=user, actor=name_of(actor)) for user in new if not user.is_active)
    if new:
        audit.record_imported([user.pk for user in new], actor=actor)


def _algorithm(user: User) -> str:
    return user.password.partition("$")[0] if user.has_usable_password() else "none"
