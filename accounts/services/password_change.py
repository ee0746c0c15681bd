"""Changes a password that its owner knows; every other session ends."""

from django.db.models import F

from accounts import audit, passwords
from accounts.errors import WrongPassword
from accounts.models import EventType, MailKind, NoticeType, Outcome, RevocationReason, Session, User
from accounts.notices import log
from accounts.principals import Origin, UserPrincipal
from accounts.services import confirmation, mailing, revocation
from accounts.services.transactions import transactional


def change_password(*, current_password: str, new_password: str, actor: UserPrincipal, origin: Origin) -> None:
    """Raises WrongPassword (counts as a failed sign-in), InvalidInput for a poor new one, TooManyAttempts, Busy."""
    purpose = EventType.PASSWORD_CHANGED
    user = confirmation.confirm_password(current_password, actor=actor, origin=origin, purpose=purpose)
    context = [user.email, user.first_name, user.last_name]
    passwords.check_rules(new_password, context=context, field="new_password")
    if not _replace(user, passwords.hash_password(new_password), actor, origin):
        confirmation.get_present(actor)
        raise WrongPassword  # somebody changed it in between, so the current one is no longer current


@transactional
def _replace(user: User, new_hash: str, actor: UserPrincipal, origin: Origin) -> bool:
    """The user's row first, then the sessions: the calling one goes on under the new credentials."""
    unchanged = User.objects.admitted().filter(pk=user.pk, password=user.password)
    if not unchanged.record_change(password=new_hash, credentials_version=F("credentials_version") + 1):
        return False
    version, credentials_version = User.objects.values_list("version", "credentials_version").get(pk=user.pk)
    Session.objects.filter(pk=actor.session_id).update(credentials_version=credentials_version)
    log.append(NoticeType.USER_UPDATED, user.pk, version=version)
    revocation.revoke_locked(
        user.pk, None, RevocationReason.PASSWORD_CHANGED, actor=actor, origin=origin, keep=actor.session_id
    )
    mailing.enqueue(MailKind.PASSWORD_CHANGED, address=user.email, user_id=user.pk)
    subject, session = actor.user_id, actor.session_id
    audit.record(
        EventType.PASSWORD_CHANGED, Outcome.SUCCESS, actor=actor, origin=origin, subject=subject, session=session
    )
    return True
