"""What many need at the same moment is made once: keys, an account, the last place among a person's sessions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, EventType, RevocationReason, Session, SigningKey, User
from accounts.models.sessions import MAX_OPEN_PER_USER
from accounts.tests.races import people
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.processes import Servers
from accounts.tests.support.together import together

pytestmark = [pytest.mark.postgresql, pytest.mark.processes]


def test_the_first_keys_are_made_once_by_eight_processes(servers: Servers) -> None:
    processes = servers.start(8, threads=2)
    with people.clients_of(processes, each=2) as clients:
        answers = together(lambda index: clients[index].get("/.well-known/jwks.json"), threads=len(clients))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    with servers.database.orm():
        kinds = [(key.purpose, key.signing_from is None) for key in SigningKey.objects.all()]
        assert sorted(kinds) == [("access", False), ("access", True), ("refresh", False), ("refresh", True)]
        assert AuditEvent.objects.filter(type=EventType.KEYS_CREATED).count() == 1
    tokens = people.sign_in(processes[0], people.register(processes[0]))
    assert {people.verify(server, tokens.access).status for server in processes} == {200}
    people.tokens_of(people.refresh(processes[7], tokens.refresh))


def test_of_twenty_parallel_registrations_of_one_address_one_makes_the_account(servers: Servers) -> None:
    limits = {"AUTH_HASH_QUEUE": "40", "AUTH_MAIL_LIMITS": "account=100/1h,address=100/1h"}
    processes = servers.start(2, threads=10, env=limits)
    spellings = ["ada@example.com", "ADA@Example.COM", " ada@example.com", "ａｄａ@example.com"]
    with people.clients_of(processes, each=10) as clients:
        answers = together(
            lambda index: clients[index].post(
                "/auth/register", {"email": spellings[index % len(spellings)], "password": PASSWORD}
            ),
            threads=20,
        )
    verdicts = [people.verdict(answer) for answer in answers]
    assert sorted(verdicts) == [(201, "")] + [(409, "email_taken")] * 19
    with servers.database.orm():
        assert User.objects.values_list("email", flat=True).get() == "ada@example.com"
        assert AuditEvent.objects.filter(type=EventType.USER_REGISTERED).count() == 1


def test_twenty_parallel_sign_ins_at_the_ceiling_end_the_twenty_oldest_sessions(servers: Servers) -> None:
    limits = {"AUTH_HASH_QUEUE": "40", "AUTH_LOGIN_LIMITS": "account=100/15m,address=100/15m"}
    processes = servers.start(2, threads=10, env=limits)
    email = people.register(processes[0])
    with servers.database.orm():
        aged = fill_up(User.objects.get(email=email))
        with people.clients_of(processes, each=10) as clients:
            answers = together(lambda index: people.log_in(clients[index], email), threads=20)
        accesses = [people.tokens_of(answer).access for answer in answers]
        assert Session.objects.open().count() == MAX_OPEN_PER_USER
        ended = Session.objects.filter(revocation_reason=RevocationReason.TOO_MANY_SESSIONS)
        assert set(ended.values_list("pk", flat=True)) == {session.pk for session in aged[:20]}
    assert {people.verify(processes[0], access).status for access in accesses} == {200}


def fill_up(user: User) -> list[Session]:
    """As many open sessions as a person may have, the oldest first."""
    now = timezone.now()
    dates = {"expires_at": now + timedelta(days=1), "absolute_expires_at": now + timedelta(days=1)}
    return Session.objects.bulk_create(
        Session(user=user, credentials_version=1, amr=["pwd"], created_at=now - timedelta(minutes=200 - age), **dates)
        for age in range(MAX_OPEN_PER_USER)
    )
