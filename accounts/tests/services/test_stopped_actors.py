"""Whoever is stopped gets nothing more done with clients, also what they began before and had to wait with."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.errors import AccountSuspended, ClientDisabled, PermissionDenied, Refusal, SessionRevoked
from accounts.models import AuditEvent, ClientSecret, RevocationReason, ServiceClient, User
from accounts.principals import ClientPrincipal, Origin, Principal, System, UserPrincipal
from accounts.services import identification, revocation, suspension
from accounts.services.clients import clients
from accounts.services.clients.clients import NewSecret
from accounts.tests.support import service_clients
from accounts.tests.support.staff import acting, make_superuser
from accounts.tests.support.together import outcomes_together

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR = System("test")
NOWHERE = Origin()
BEGUN_SECONDS = 0.3
SCOPES = ["orders:write", "users:admin"]


def state() -> object:
    secrets = ClientSecret.objects.order_by("pk").values_list("pk", "revoked_at")
    return [*ServiceClient.objects.order_by("pk").values()], [*secrets], AuditEvent.objects.count()


def outcome_of(act: Callable[[], object], *, stopped_by: Callable[[], object]) -> type[Refusal] | None:
    """What came of something that was begun before its actor was stopped, and could not go on before that was done.

    AssertionError where it changed anything.
    """

    def attempt(_: int) -> type[Refusal] | None:
        try:
            act()
        except Refusal as refusal:
            return type(refusal)
        return None

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            stopped_by()
            after = state()
            begun = pool.submit(outcomes_together, attempt, threads=1)
            time.sleep(BEGUN_SECONDS)
            assert not begun.done()
        (outcome,) = begun.result()
    assert state() == after
    assert not isinstance(outcome, Exception)
    return outcome


@pytest.fixture
def made() -> NewSecret:
    return service_clients.make(*SCOPES)


@pytest.fixture
def actor(made: NewSecret) -> ClientPrincipal:
    """The client, which this process remembers as active."""
    principal = identification.identify(service_clients.token_of(made)).principal
    assert isinstance(principal, ClientPrincipal)
    return principal


Act = Callable[[str, Principal], object]
ACTS: list[Act] = [
    lambda whom, actor: clients.change(whom, {"is_active": True, "scopes": SCOPES}, actor=actor, origin=NOWHERE),
    lambda whom, actor: clients.change(whom, {"name": "mine"}, actor=actor, origin=NOWHERE),
    lambda whom, actor: clients.add_secret(whom, actor=actor, origin=NOWHERE),
    lambda whom, actor: clients.replace_secrets(whom, actor=actor, origin=NOWHERE),
    lambda whom, actor: clients.remove(whom, actor=actor, origin=NOWHERE),
]
CREATE: Act = lambda _, actor: clients.create(name="new", scopes=["users:admin"], actor=actor, origin=NOWHERE)  # noqa: E731


def stop(made: NewSecret, **changes: object) -> object:
    return clients.change(made.client.pk, changes, actor=OPERATOR, origin=NOWHERE)


STOPS: list[tuple[Callable[[NewSecret], object], type[Refusal]]] = [
    (lambda made: stop(made, is_active=False), ClientDisabled),
    (lambda made: stop(made, scopes=["users:admin"]), SessionRevoked),
    (lambda made: clients.replace_secrets(made.client.pk, actor=OPERATOR, origin=NOWHERE), SessionRevoked),
    (lambda made: clients.remove(made.client.pk, actor=OPERATOR, origin=NOWHERE), ClientDisabled),
]


@pytest.mark.parametrize(("stopped_by", "refusal"), STOPS)
@pytest.mark.parametrize("act", ACTS)
def test_a_client_does_not_undo_what_stopped_it(
    made: NewSecret, actor: ClientPrincipal, act: Act,
    stopped_by: Callable[[NewSecret], object], refusal: type[Refusal],
) -> None:  # fmt: skip
    assert outcome_of(lambda: act(made.client.pk, actor), stopped_by=lambda: stopped_by(made)) is refusal


@pytest.mark.parametrize("act", [*ACTS, CREATE])
def test_a_client_that_was_stopped_leaves_no_other_behind(made: NewSecret, actor: ClientPrincipal, act: Act) -> None:
    other = service_clients.make()
    outcome = outcome_of(lambda: act(other.client.pk, actor), stopped_by=lambda: stop(made, is_active=False))
    assert outcome is ClientDisabled


def suspend(clerk: UserPrincipal) -> object:
    return suspension.suspend(clerk.user_id, reason="case 4711", actor=OPERATOR, origin=NOWHERE)


def sign_out(clerk: UserPrincipal) -> object:
    """Whoever has their session in hand, too."""
    return revocation.revoke_all(clerk.user_id, RevocationReason.LOGOUT, actor=clerk, origin=NOWHERE)


def demote(clerk: UserPrincipal) -> object:
    return User.objects.filter(pk=clerk.user_id).update(is_staff=False)


@pytest.mark.parametrize(
    ("stopped_by", "refusal"),
    [(suspend, AccountSuspended), (sign_out, SessionRevoked), (demote, PermissionDenied)],
)
@pytest.mark.parametrize("act", [*ACTS, CREATE])
def test_nor_does_a_member_of_staff(
    act: Act, stopped_by: Callable[[UserPrincipal], object], refusal: type[Refusal]
) -> None:
    clerk, other = acting(make_superuser()), service_clients.make()
    assert outcome_of(lambda: act(other.client.pk, clerk), stopped_by=lambda: stopped_by(clerk)) is refusal


@pytest.mark.postgresql
def test_two_clients_are_held_in_one_order_whoever_acts() -> None:
    one, other = (service_clients.make("users:admin") for _ in range(2))
    for actor, target in ((one, other), (other, one)):
        with CaptureQueriesContext(connection) as queries:
            stop_by = service_clients.principal(actor)
            clients.change(target.client.pk, {"name": "x"}, actor=stop_by, origin=NOWHERE)
        locks = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
        (locking,) = [sql for sql in locks if "SKIP LOCKED" not in sql]  # without what a secret's use is noted by
        assert locking.index('ORDER BY "accounts_serviceclient"."id" ASC') < locking.index("FOR NO KEY UPDATE")
