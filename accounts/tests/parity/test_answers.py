"""What goes well goes the same way, and a token of one door is good at the other."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from accounts.models import Session, User
from accounts.tests.parity.cases import ANOTHER, Stage, promoted
from accounts.tests.parity.doors import DOORS, Door
from accounts.tests.support import factories, service_clients
from accounts.tests.support.factories import PASSWORD

pytestmark = pytest.mark.django_db

REST, GRAPHQL = DOORS.values()
LEFT = ("expires_in", "refresh_expires_in")
BETWEEN_CALLS = 10
"""Seconds, on a busy machine."""

BOTH_WAYS = pytest.mark.parametrize(("one", "other"), [(REST, GRAPHQL), (GRAPHQL, REST)])
OF_THE_MOMENT = {"access", "refresh", "last_login", "date_joined", "updated_at", "id", "version", *LEFT}


def lasting(data: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from call to call."""
    inner = {"user": lasting(data["user"])} if isinstance(data.get("user"), dict) else {}
    return {name: value for name, value in data.items() if name not in OF_THE_MOMENT} | inner


def last_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Time goes by between two calls, so that less of it may be left at the second."""
    return all(0 <= one[name] - other[name] <= BETWEEN_CALLS for name in LEFT)


def test_a_user_is_told_alike(stage: Stage) -> None:
    User.objects.update(first_name="Ada", phone_number="+12025550123", last_name="Ö'Neill")
    assert REST.user(stage.access).data == GRAPHQL.user(stage.access).data


def test_a_token_is_verified_alike(stage: Stage) -> None:
    assert REST.verify(token=stage.access).data == GRAPHQL.verify(token=stage.access).data


def test_a_services_token_is_verified_alike_and_nobody_is_behind_it() -> None:
    token = service_clients.token_of(service_clients.make("users:read", "orders:ship"))
    told = REST.verify(token=token).data
    assert told == GRAPHQL.verify(token=token).data
    assert (told["user"], told["groups"], told["scope"]) == (None, [], "orders:ship users:read")


def test_sessions_are_listed_alike(stage: Stage) -> None:
    GRAPHQL.login(**stage.credentials)
    listed = REST.sessions(stage.access).data
    assert len(listed) == 2
    assert listed == GRAPHQL.sessions(stage.access).data


def test_a_login_is_answered_alike(stage: Stage) -> None:
    answers = [door.login(**stage.credentials).data for door in DOORS.values()]
    assert set(answers[0]) == set(answers[1])
    assert lasting(answers[0]) == lasting(answers[1])
    assert last_alike(*answers)


def test_a_refresh_is_answered_alike(stage: Stage) -> None:
    answers = [door.refresh(refresh=stage.tokens.refresh).data for door in DOORS.values()]
    assert answers[0]["refresh"] == answers[1]["refresh"]  # within the grace
    assert set(answers[0]) == set(answers[1])
    assert lasting(answers[0]) == lasting(answers[1])
    assert last_alike(*answers)


def test_a_registration_is_answered_alike() -> None:
    given = {"password": ANOTHER, "first_name": " Ada ", "phone_number": "+1 202 555 0123"}
    answers = [door.register(email=f"Ada{n}@Exämple.com", **given).data for n, door in enumerate(DOORS.values())]
    assert [set(answer) for answer in answers] == [set(answers[0])] * 2
    assert [answer.pop("email") for answer in answers] == ["ada0@xn--exmple-cua.com", "ada1@xn--exmple-cua.com"]
    assert lasting(answers[0]) == lasting(answers[1])


def test_a_change_is_answered_alike(stage: Stage) -> None:
    answers = [
        door.update(stage.access, first_name=" Ada ", last_name="", phone_number="+12025550123").data
        for door in DOORS.values()
    ]
    assert lasting(answers[0]) == lasting(answers[1])
    assert answers[0]["version"] + 1 == answers[1]["version"]


@pytest.mark.parametrize("scope", ["this", "others", "all"])
def test_logging_out_ends_the_same_sessions(door: Door, stage: Stage, scope: str) -> None:
    other = door.login(**stage.credentials).data["access"]
    assert not door.logout(stage.access, scope=scope).code
    codes = [door.user(access).code for access in (stage.access, other)]
    assert codes == [("session_revoked" if scope in which else "") for which in (("this", "all"), ("others", "all"))]


def test_a_suspension_and_its_end_are_answered_alike(stage: Stage) -> None:
    access, ben = promoted(stage), str(factories.make_user().pk)
    given = {"id": ben, "reason": "case 4711", "until": "2100-01-02T03:04:05Z"}
    suspended = [door.suspend(access, **given).data for door in DOORS.values()]
    reinstated = [door.reinstate(access, id=ben).data for door in DOORS.values()]
    assert lasting(suspended[0]) == lasting(suspended[1])
    assert lasting(reinstated[0]) == lasting(reinstated[1])
    assert [data["is_active"] for data in (*suspended, *reinstated)] == [False, False, True, True]
    assert [data["version"] for data in (*suspended, *reinstated)] == [2, 3, 4, 4]


@BOTH_WAYS
def test_a_token_of_one_door_is_good_at_the_other(one: Door, other: Door, stage: Stage) -> None:
    given = one.login(**stage.credentials).data
    assert other.user(given["access"]).data == one.user(given["access"]).data
    assert other.verify(token=given["access"]).data["active"] is True
    renewed = other.refresh(refresh=given["refresh"]).data
    assert one.user(renewed["access"]).data["id"] == str(stage.user.pk)
    assert one.refresh(refresh=renewed["refresh"]).data["access"]


@BOTH_WAYS
def test_what_ends_at_one_door_is_over_at_the_other(one: Door, other: Door, stage: Stage) -> None:
    access = one.login(**stage.credentials).data["access"]
    assert not other.logout(access).code
    assert one.user(access).code == "session_revoked"
    ended = str(Session.objects.unrevoked().get().pk)
    access = one.login(**stage.credentials).data["access"]
    assert not one.end_session(access, id=ended).code
    assert other.user(stage.access).code == "session_revoked"


@BOTH_WAYS
def test_a_password_set_at_one_door_opens_the_other(one: Door, other: Door, stage: Stage) -> None:
    new = f" {ANOTHER}\u0301 "
    assert not one.change_password(stage.access, current_password=PASSWORD, new_password=new).code
    assert other.login(email=stage.user.email, password=new).data
    assert other.login(email=stage.user.email, password=new.strip()).code == "invalid_credentials"


def test_a_deletion_is_answered_alike(stage: Stage) -> None:
    """The second answer is the first one's deletion."""
    somebody = factories.make_user()
    access = promoted(stage)
    answers = [door.delete_user(access, id=str(somebody.pk)).data for door in DOORS.values()]
    assert answers[0] == answers[1]
    assert answers[0]["user_id"] == str(somebody.pk)
    leavers = [factories.sign_in(factories.make_user()) for _ in DOORS]
    own = [
        door.delete_me(leaver.access, password=PASSWORD).data
        for leaver, door in zip(leavers, DOORS.values(), strict=True)
    ]
    assert set(own[0]) == set(own[1]) == set(answers[0])
    assert None not in own[0].values()


def test_people_are_listed_and_told_one_by_one_alike(stage: Stage) -> None:
    access, others = promoted(stage), [factories.make_user(f"ada{number}@example.com") for number in range(3)]
    Group.objects.create(name="writers").user_set.set(others[:2])
    for given in ({"search": "ada"}, {"group": "writers"}, {}):
        listed = [door.people(access, **given).data for door in DOORS.values()]
        assert listed[0] == listed[1] == [door_answer(each["id"], access) for each in listed[0]]
        assert len(listed[0]) == {"search": 3, "group": 2}.get(next(iter(given), ""), 4)


def door_answer(user_id: str, access: str) -> Any:
    """What both doors tell of somebody."""
    told = [door.person(access, id=user_id).data for door in DOORS.values()]
    assert told[0] == told[1]
    return told[0]


def test_somebody_is_made_and_changed_alike(stage: Stage) -> None:
    access = promoted(stage)
    Group.objects.create(name="writers")
    given = {"first_name": " Ada ", "email_verified": True, "is_staff": True, "groups": [" writers "]}
    given |= {"expires_at": "2100-01-02T03:04:05+05:30"}
    made = [door.create(access, email=f"Ada{n}@Exämple.com", **given).data for n, door in enumerate(DOORS.values())]
    assert [each.pop("email") for each in made] == ["ada0@xn--exmple-cua.com", "ada1@xn--exmple-cua.com"]
    assert lasting(made[0]) == lasting(made[1])
    user_id = made[0]["id"]
    changes: dict[str, Any] = {"last_name": "Lovelace", "is_staff": False, "groups": [], "expires_at": None}
    changed = [
        door.change(access, id=user_id, email=f"moved{n}@example.com", **changes).data
        for n, door in enumerate(DOORS.values())
    ]
    assert [each.pop("email") for each in changed] == ["moved0@example.com", "moved1@example.com"]
    assert lasting(changed[0]) == lasting(changed[1])
    assert [each["version"] for each in changed] == [made[0]["version"] + 2, made[0]["version"] + 3]
    assert (made[0]["expires_at"].isoformat(), changed[0]["expires_at"]) == ("2100-01-01T21:34:05+00:00", None)
