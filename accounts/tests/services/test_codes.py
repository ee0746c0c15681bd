"""A mailed code opens one thing, once, in time, for an account that has not changed since."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import Settings

from accounts.errors import InvalidCode
from accounts.models import AuditEvent, Code, Mail, MailKind, Session, User
from accounts.principals import Origin, System
from accounts.services import codes as service
from accounts.services import housekeeping, mail_contents
from accounts.services.deleting import deletion
from accounts.tests.support import codes, mailed_flows
from accounts.tests.support.factories import MakeUser
from accounts.tests.support.mailed_flows import CHANGE, FLOWS, INVITE, RESET, STAY, VERIFY, Flow

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MINUTE = 60 * SECOND
EACH = pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())
ACTIVE = pytest.mark.parametrize("flow", [RESET, VERIFY, CHANGE, INVITE], ids=lambda flow: flow.kind)


@pytest.fixture(autouse=True)
def _delay(settings: Settings) -> None:
    settings.AUTH_DELETION_DELAY = int(STAY.lifetime.total_seconds())


def assert_useless(flow: Flow, code: str) -> None:
    """And whoever shows it changes nothing."""
    before = list(User.objects.order_by("pk").values())
    with pytest.raises(InvalidCode):
        flow.use(code)
    assert list(User.objects.order_by("pk").values()) == before


def set_password() -> None:
    """As somebody in a shell."""
    user = User.objects.get()
    user.set_password(mailed_flows.NEW_PASSWORD)
    user.save()


@EACH
def test_a_code_is_good_once(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    flow.use(code)
    assert Code.objects.get().used_at is not None
    assert_useless(flow, code)


@EACH
def test_a_code_lives_so_long_and_no_longer(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    mailed_flows.let_pass(flow.lifetime + SECOND)
    assert_useless(flow, code)
    mailed_flows.let_pass(-60 * SECOND)
    flow.use(code)


@EACH
def test_a_second_code_supersedes_the_first(flow: Flow, user: User) -> None:
    first, second = flow.code_for(user), flow.code_for(user)
    assert first != second
    assert_useless(flow, first)
    flow.use(second)


@EACH
def test_a_code_is_useless_after_the_address_changed(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    User.objects.filter(pk=user.pk).update(email="another@example.com")
    assert_useless(flow, code)


@ACTIVE
def test_a_code_is_useless_after_the_password_changed(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    set_password()
    assert_useless(flow, code)


def test_whoever_waits_to_be_deleted_can_stay_although_the_password_changed(user: User) -> None:
    code = STAY.code_for(user)
    set_password()
    assert codes.mailed(STAY.kind) == code
    STAY.use(code)
    assert User.objects.get().is_active


@ACTIVE
@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"expires_at": F("date_joined")}], ids=lambda c: next(iter(c))
)
def test_a_code_is_useless_to_whoever_may_not_come_in(flow: Flow, user: User, change: dict[str, object]) -> None:
    code = flow.code_for(user)
    User.objects.update(**change)
    assert_useless(flow, code)


@EACH
def test_a_code_is_useless_to_whoever_is_being_deleted(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    User.objects.update(deletion_requested_at=F("date_joined"))
    assert_useless(flow, code)


@EACH
def test_a_code_is_that_of_one_account_alone(flow: Flow, user: User, make_user: MakeUser) -> None:
    other = make_user()
    code = flow.code_for(user)
    flow.use(code)
    assert User.objects.get(pk=other.pk).version == other.version


@EACH
def test_a_code_is_of_one_purpose_alone(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    for other in FLOWS.values():
        if other.use is not flow.use:
            assert_useless(other, code)
    flow.use(code)


@EACH
def test_codes_of_two_purposes_stand_side_by_side(flow: Flow, user: User) -> None:
    if flow is STAY:  # whoever waits to be deleted gets no other
        return
    code = flow.code_for(user)
    other = VERIFY if flow is RESET else RESET
    other.code_for(user)
    flow.use(code)


@pytest.mark.parametrize("code", ["", "nothing", "\ud800", "x" * 20_000, "a\0b"])
def test_what_was_never_a_code_is_none(code: str, user: User) -> None:
    for flow in FLOWS.values():
        assert_useless(flow, code)


@EACH
def test_the_database_keeps_no_code(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    assert code not in str(list(Code.objects.values()) + list(Mail.objects.values()))
    assert Code.objects.get().digest == service.digest_of(code)


def test_a_copy_of_the_tables_makes_no_code(user: User, settings: Settings) -> None:
    code = RESET.code_for(user)
    settings.SECRET_KEY = "of somebody else" * 4
    assert codes.mailed(MailKind.RESET_PASSWORD) != code


@EACH
def test_a_mail_that_is_tried_again_carries_the_same_code(flow: Flow, user: User) -> None:
    first = flow.code_for(user)
    mail = codes.last(flow.kind)
    mailed_flows.let_pass(timedelta(minutes=5))
    assert mail_contents.compose(mail) == mail_contents.compose(mail)
    assert codes.mailed(flow.kind) == first
    flow.use(first)


@EACH
def test_a_mail_that_is_tried_again_lets_no_code_live_longer(flow: Flow, user: User) -> None:
    """It may have arrived although its worker never heard so."""
    code = flow.code_for(user)
    end = Code.objects.get().expires_at
    mailed_flows.let_pass(4 * MINUTE)
    assert codes.mailed(flow.kind) == code
    assert Code.objects.get().expires_at == end - 4 * MINUTE


@ACTIVE
def test_a_mail_that_is_tried_late_carries_another_code_that_lives_as_long(flow: Flow, user: User) -> None:
    first = flow.code_for(user)
    mailed_flows.let_pass(flow.lifetime / 2 + MINUTE)
    second = codes.mailed(flow.kind)
    assert codes.mailed(flow.kind) == second
    assert_useless(flow, first)
    mailed_flows.let_pass(flow.lifetime - MINUTE)
    flow.use(second)


def test_a_mail_says_how_long_its_code_is_still_good(user: User) -> None:
    RESET.code_for(user)
    mail = codes.last(RESET.kind)
    mailed_flows.let_pass(MINUTE)
    content = mail_contents.compose(mail)
    assert content is not None
    assert content.lifetime is not None
    assert 8 * MINUTE < content.lifetime < 10 * MINUTE


def test_a_worker_that_was_too_slow_mails_no_code_of_a_mail_that_is_gone(user: User) -> None:
    code = RESET.code_for(user)
    mail = codes.last(RESET.kind)
    Mail.objects.all().delete()
    assert mail_contents.compose(mail) is None
    RESET.use(code)


@EACH
def test_a_mail_that_is_tried_again_brings_no_used_code_back(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    mail = codes.last(flow.kind)
    flow.use(code)
    assert mail_contents.compose(mail) is None
    assert_useless(flow, code)


def test_a_used_code_stays_so_although_there_is_something_to_verify_again(user: User) -> None:
    code = VERIFY.code_for(user)
    mail = codes.last(VERIFY.kind)
    VERIFY.use(code)
    User.objects.update(email_verified=False)
    assert mail_contents.compose(mail) is None
    assert_useless(VERIFY, code)


@EACH
def test_a_mail_that_comes_late_does_not_supersede_a_later_one(flow: Flow, user: User) -> None:
    flow.ask(user)
    early = codes.last(flow.kind)
    Mail.objects.filter(pk=early.pk).update(created_at=F("created_at") - SECOND)
    early.refresh_from_db()
    later = flow.code_for(user)
    assert mail_contents.compose(early) is None
    flow.use(later)


@ACTIVE
def test_a_mail_that_is_tried_again_is_not_bound_to_the_account_anew(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    mail = codes.last(flow.kind)
    User.objects.update(credentials_version=F("credentials_version") + 1)
    assert mail_contents.compose(mail) is None
    assert_useless(flow, code)


def test_a_wish_that_was_confirmed_by_an_older_password_is_void(user: User) -> None:
    CHANGE.ask(user)
    User.objects.update(credentials_version=F("credentials_version") + 1)
    assert mail_contents.compose(codes.last(CHANGE.kind)) is None


GONE: dict[str, Callable[[User], object]] = {
    "suspended": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "expired": lambda user: User.objects.filter(pk=user.pk).update(expires_at=F("date_joined")),
    "being deleted": lambda user: User.objects.filter(pk=user.pk).update(deletion_requested_at=F("date_joined")),
    "of another address": lambda user: User.objects.filter(pk=user.pk).update(email="another@example.com"),
}


@pytest.mark.parametrize("happens", GONE.values(), ids=GONE.keys())
@pytest.mark.parametrize("flow", [RESET, VERIFY], ids=lambda flow: flow.kind)
def test_whoever_may_not_come_in_gets_no_mail(flow: Flow, user: User, happens: Callable[[User], object]) -> None:
    flow.ask(user)
    happens(user)
    assert mail_contents.compose(codes.last(flow.kind)) is None
    assert not Code.objects.exists()


def test_nothing_is_mailed_to_be_verified_again(user: User) -> None:
    VERIFY.ask(user)
    User.objects.update(email_verified=True)
    assert mail_contents.compose(codes.last(VERIFY.kind)) is None


def test_a_deletion_that_has_begun_is_not_to_be_cancelled(user: User) -> None:
    STAY.ask(user)
    mail = codes.last(STAY.kind)
    deletion.request(user.pk, actor=System("test"), origin=Origin())
    assert mail_contents.compose(mail) is None


def test_mails_without_a_code_have_none() -> None:
    with pytest.raises(ValueError, match="email_changed"):
        service.issue(Mail(kind=MailKind.EMAIL_CHANGED, address="ada@example.com"))


def test_spent_codes_are_removed_a_day_after_their_end(user: User) -> None:
    RESET.code_for(user)
    mailed_flows.let_pass(timedelta(hours=23))
    assert housekeeping.purge() == 0
    mailed_flows.let_pass(timedelta(hours=2))
    assert housekeeping.purge() == 1


def test_a_refused_code_is_told_and_leaves_no_row() -> None:
    assert_useless(RESET, "nothing")
    assert not AuditEvent.objects.exists()
    assert not Session.objects.exists()
