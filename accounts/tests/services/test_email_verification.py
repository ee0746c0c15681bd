"""An address is believed once a code that was mailed there comes back; another one takes effect only then."""

import pytest
from pytest_django import Settings

from accounts.errors import EmailTaken, InvalidCode, InvalidInput, TooManyAttempts, WrongPassword
from accounts.models import AuditEvent, MailKind, Notice, Session, User
from accounts.principals import Origin, UserPrincipal
from accounts.services import email_change, email_verification
from accounts.tests.support import codes
from accounts.tests.support.factories import PASSWORD, MakeUser
from accounts.tests.support.mailed_flows import CHANGE, NEW_EMAIL, VERIFY

pytestmark = pytest.mark.django_db


def test_a_verified_address_is_told_to_everybody(user: User) -> None:
    VERIFY.use(VERIFY.code_for(user))
    verified = User.objects.get()
    assert (verified.email_verified, verified.version, verified.credentials_version) == (True, 2, 1)
    notice = Notice.objects.get()
    assert (notice.type, notice.subject, notice.data) == ("user.updated", str(user.pk), {"version": 2})
    assert AuditEvent.objects.get().type == "email.verified"


@pytest.mark.parametrize("email", ["somebody@example.com", "nobody@example.com"])
def test_another_mail_is_one_row_whoever_has_the_address(email: str, make_user: MakeUser, origin: Origin) -> None:
    make_user("somebody@example.com")
    email_verification.resend(email=email, origin=origin)
    assert codes.waiting() == [(MailKind.VERIFY_EMAIL, email)]


def change(actor: UserPrincipal, origin: Origin, new_email: str = NEW_EMAIL, password: str = PASSWORD) -> None:
    email_change.request(new_email=new_email, password=password, actor=actor, origin=origin)


def test_another_address_takes_effect_when_it_is_confirmed(user: User, actor: UserPrincipal, origin: Origin) -> None:
    change(actor, origin)
    code = codes.mailed(MailKind.CONFIRM_NEW_EMAIL, NEW_EMAIL)
    assert User.objects.get().email == user.email
    CHANGE.use(code)
    changed = User.objects.get()
    assert (changed.email, changed.email_verified, changed.version) == (NEW_EMAIL, True, 2)
    assert ("email_changed", user.email) in codes.waiting()
    assert Notice.objects.get().data == {"version": 2}
    events = set(AuditEvent.objects.values_list("type", flat=True))
    assert events >= {"email.change_requested", "email.changed"}
    assert Session.objects.unrevoked().count() == 1


def test_whether_the_address_is_taken_is_told_by_its_mail_alone(
    user: User, make_user: MakeUser, actor: UserPrincipal, origin: Origin
) -> None:
    owner = make_user(NEW_EMAIL)
    change(actor, origin)
    code = codes.mailed(MailKind.CONFIRM_NEW_EMAIL, NEW_EMAIL)
    with pytest.raises(EmailTaken):
        CHANGE.use(code)
    assert User.objects.get(pk=user.pk).email == user.email
    User.objects.get(pk=owner.pk).delete()
    CHANGE.use(code)
    assert User.objects.get().email == NEW_EMAIL


def test_a_change_takes_the_password(actor: UserPrincipal, origin: Origin) -> None:
    with pytest.raises(WrongPassword):
        change(actor, origin, password="wrong")
    assert not codes.waiting()
    assert AuditEvent.objects.filter(type="email.change_requested", outcome="failure").count() == 1


def test_the_same_address_is_no_change(user: User, actor: UserPrincipal, origin: Origin) -> None:
    with pytest.raises(InvalidInput) as refused:
        change(actor, origin, new_email=user.email)
    assert [(error.field, error.code) for error in refused.value.errors] == [("new_email", "unchanged")]


def test_nobody_is_flooded_with_mails_by_somebody_who_is_signed_in(
    actor: UserPrincipal, origin: Origin, settings: Settings
) -> None:
    settings.AUTH_MAIL_LIMITS = "account=2/1h,address=100/1h"
    for _ in range(2):
        change(actor, origin)
    with pytest.raises(TooManyAttempts):
        change(actor, origin)
    email_verification.resend(email=NEW_EMAIL, origin=origin)  # whose it is may ask for a mail of their own


def test_a_change_ends_what_was_mailed_to_the_old_address(user: User, actor: UserPrincipal, origin: Origin) -> None:
    old = VERIFY.code_for(user)
    change(actor, origin)
    CHANGE.use(codes.mailed(MailKind.CONFIRM_NEW_EMAIL))
    with pytest.raises(InvalidCode):
        VERIFY.use(old)
