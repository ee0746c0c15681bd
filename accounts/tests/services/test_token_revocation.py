"""A token that is revoked ends its session as its owner's logout does, and leaves the same marks."""

import pytest

from accounts.errors import UnsupportedTokenType
from accounts.models import AuditEvent, Notice, Session, User
from accounts.principals import Origin
from accounts.services import token_revocation
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Tokens

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_it_is_a_logout_with_its_notice_and_its_audit(
    user: User, tokens: Tokens, session: Session, origin: Origin, kind: str
) -> None:
    for _ in range(2):
        token_revocation.revoke(getattr(tokens, kind), origin=origin)
    session.refresh_from_db()
    assert session.revocation_reason == "logout"
    notice = Notice.objects.get(type="sessions.revoked")
    assert (notice.subject, notice.data) == (str(user.pk), {"session_ids": [str(session.pk)]})
    event = AuditEvent.objects.get(type="sessions.revoked")
    assert (event.actor, event.subject, event.session) == (str(user.pk), user.pk, session.pk)
    assert (event.context.request_id, event.data["reason"]) == (origin.request_id, "logout")


def test_a_services_token_ends_nothing(origin: Origin) -> None:
    made = service_clients.make("users:read")
    token = service_clients.token_of(made)
    notices = Notice.objects.count()
    with pytest.raises(UnsupportedTokenType):
        token_revocation.revoke(token, origin=origin)
    made.client.refresh_from_db()
    assert (made.client.is_active, Notice.objects.count()) == (True, notices)


def test_what_is_no_token_leaves_no_mark(tokens: Tokens, origin: Origin) -> None:
    before = Notice.objects.count(), AuditEvent.objects.count()
    for token in ("", "a.b.c", tokens.access[:-4] + "AAAA", tokens.refresh[:-4] + "AAAA"):
        token_revocation.revoke(token, origin=origin)
    assert before == (Notice.objects.count(), AuditEvent.objects.count())
    assert not Session.objects.filter(revoked_at__isnull=False).exists()
