"""What stays in the audit of somebody who was erased, and of what they did to others: ids alone."""

import pytest

from accounts import audit
from accounts.models import AuditContext, AuditEvent, EventType, Outcome, User
from accounts.principals import Nobody, Origin, Principal, System, UserPrincipal
from accounts.services.auditing import sealing, verification
from accounts.services.deleting import deletion, erasure
from accounts.tests.support import audit_trail
from accounts.tests.support.factories import MakeUser

pytestmark = pytest.mark.django_db

OPERATOR = System("test")
HERE = Origin(address="192.0.2.1", user_agent="curl/8", request_id="ada.lovelaces-laptop")


def record(actor: Principal, subject: User) -> None:
    audit.record(EventType.USER_UPDATED, Outcome.SUCCESS, actor=actor, origin=HERE, subject=subject.pk)


def request(user: User) -> None:
    deletion.request(user.pk, actor=OPERATOR, origin=HERE)


@pytest.fixture
def other(make_user: MakeUser) -> User:
    return make_user()


def kept() -> list[str]:
    """Who did what in the events that still say how the request was called."""
    named = AuditContext.objects.exclude(request_id="")
    return list(named.values_list("event__actor", flat=True).order_by("pk"))


def test_the_names_of_requests_go_with_the_person(user: User, other: User) -> None:
    """The client chose them."""
    record(UserPrincipal(user.pk, user.pk), other)
    record(OPERATOR, user)
    record(Nobody(), user)
    record(System("bystander"), other)
    request(user)
    assert kept() == ["system:bystander"]
    assert AuditEvent.objects.filter(subject=user.pk).count() == 4  # but the events stay


def test_what_is_recorded_just_after_the_erasing_is_swept_up(user: User, other: User) -> None:
    """Staff who were deleted may have been at work; a sign-in that failed had read the user before."""
    request(user)
    record(Nobody(), user)
    record(UserPrincipal(user.pk, user.pk), other)
    record(System("bystander"), other)
    erasure.advance_deletions()
    assert kept() == ["system:bystander"]
    assert [context.event.actor for context in AuditContext.objects.all()] == ["system:bystander"]


def test_all_who_were_erased_lately_are_swept_however_many(
    make_user: MakeUser, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH", 2)
    for _ in range(5):
        user = make_user()
        request(user)
        record(UserPrincipal(user.pk, user.pk), other)
    erasure.sweep()
    assert (kept(), AuditContext.objects.count()) == ([], 0)


def test_where_others_typed_their_address_it_goes_too(user: User, other: User) -> None:
    audit.record(
        EventType.EMAIL_CHANGE_REQUESTED,
        Outcome.SUCCESS,
        actor=OPERATOR,
        origin=HERE,
        subject=other.pk,
        email=user.email,
    )
    audit.record(
        EventType.EMAIL_CHANGE_REQUESTED,
        Outcome.SUCCESS,
        actor=OPERATOR,
        origin=HERE,
        subject=other.pk,
        email="new@example.com",
    )
    request(user)
    assert [context.email for context in AuditContext.objects.all()] == ["new@example.com"]


def typed_by(other: User, *addresses: str) -> None:
    """For somebody else's account; without a success, so that none of them becomes the other one's."""
    event, outcome = EventType.EMAIL_CHANGE_REQUESTED, Outcome.FAILURE
    for address in addresses:
        audit.record(event, outcome, actor=OPERATOR, origin=HERE, subject=other.pk, email=address)


def left() -> list[str]:
    return sorted(context.email or "" for context in AuditContext.objects.filter(email__isnull=False))


def test_where_others_typed_an_address_that_they_had_before_it_goes_too(user: User, other: User) -> None:
    events = (EventType.USER_REGISTERED, EventType.EMAIL_CHANGE_REQUESTED, EventType.EMAIL_CHANGED)
    had = [f"ada{number}@example.com" for number in range(len(events))]
    for event, address in zip(events, had, strict=True):
        audit.record(event, Outcome.SUCCESS, actor=Nobody(), origin=HERE, subject=user.pk, email=address)
    typed_by(other, *had, "new@example.com")
    request(user)
    assert left() == ["new@example.com"]


def test_what_somebody_else_has_by_now_stays_where_it_was_typed(user: User, other: User) -> None:
    """An address is given back, and taken by another person."""
    had = (other.email, "ada@example.com")
    for address in had:
        event = EventType.EMAIL_CHANGED
        audit.record(event, Outcome.SUCCESS, actor=Nobody(), origin=HERE, subject=user.pk, email=address)
    typed_by(other, *had)
    request(user)
    assert left() == [other.email]


def test_what_was_refused_makes_no_address_theirs(user: User, other: User) -> None:
    """Nor does what others' events say."""
    typed_by(user, "refused@example.com")
    event = EventType.EMAIL_CHANGED
    audit.record(event, Outcome.SUCCESS, actor=Nobody(), origin=HERE, subject=other.pk, email="theirs@example.com")
    typed_by(other, "refused@example.com", "theirs@example.com")
    request(user)
    assert left() == ["refused@example.com", "theirs@example.com", "theirs@example.com"]


def test_what_was_sealed_stays_what_it_was(user: User, other: User) -> None:
    record(UserPrincipal(user.pk, user.pk), other)
    record(Nobody(), user)
    audit_trail.wait()
    assert sealing.seal_due() == 2
    request(user)
    assert not AuditContext.objects.exists()
    report = verification.verify()
    assert (report.fault, report.events) == (None, 2)
