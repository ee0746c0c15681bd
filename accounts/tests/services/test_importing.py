"""People are taken over once, as the file says, and every line that says something else is told with its reason."""

import io
import json
import tracemalloc
from typing import Any, Final
from uuid import UUID

import pytest
from django.contrib.auth import hashers
from django.db import IntegrityError
from django.utils.dateparse import parse_datetime

from accounts.errors import InvalidCredentials
from accounts.models import AuditEvent, Deletion, Notice, Suspension, User
from accounts.principals import Origin, System
from accounts.services import sign_in, suspension
from accounts.services.importing import importing, lines
from accounts.services.importing.importing import Batch
from accounts.tests.support.factories import MakeUser

pytestmark = pytest.mark.django_db(transaction=True)

ACTOR: Final = System("import_users")
HASH: Final = "pbkdf2_sha256$1000$salt$kwRHEyOrv9MPNwR3BLVZGUYJcmW0gIW4PHmQEdYPxBg="
ID: Final = "00000001-0000-4000-8000-00000000000a"
OTHER_ID: Final = "00000002-0000-4000-8000-00000000000b"


def take(*said: Any) -> list[Batch]:
    """Each a line: bytes as they are, anything else as JSON."""
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in said]
    return list(importing.import_users(io.BytesIO(b"\n".join(texts)), actor=ACTOR))


def refusals(*said: Any) -> list[tuple[int, str, str]]:
    """Line, field and code."""
    return [(r.line, e.field, e.code) for batch in take(*said) for r in batch.refused for e in r.errors]


def somebody(**said: Any) -> dict[str, Any]:
    return {"email": "ada@example.com"} | said


def test_all_that_a_line_says_is_kept() -> None:
    (batch,) = take(
        somebody(
            id=ID,
            email=" Ada@EXAMPLE.com ",
            password=HASH,
            first_name="Ada",
            last_name="Lovelace",
            phone_number="+493012345678",
            email_verified=True,
            is_active=True,
            date_joined="2020-01-31T08:00:00+02:00",
            last_login="2021-01-31T08:00:00Z",
        )
    )
    assert (batch.imported, batch.present, batch.refused, batch.hashes) == (1, 0, [], {"pbkdf2_sha256": 1})
    user = User.objects.get()
    assert (user.pk, user.email, user.password, user.email_verified) == (UUID(ID), "ada@example.com", HASH, True)
    assert (user.first_name, user.last_name, str(user.phone_number)) == ("Ada", "Lovelace", "+493012345678")
    assert user.date_joined == parse_datetime("2020-01-31T06:00:00Z")
    assert user.last_login == parse_datetime("2021-01-31T08:00:00Z")
    assert (user.version, user.credentials_version, user.is_active) == (1, 1, True)
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_an_address_is_enough() -> None:
    (batch,) = take(somebody())
    user = User.objects.get()
    assert (batch.hashes, user.is_active, user.email_verified) == ({"none": 1}, True, False)
    assert user.last_login is None
    assert not user.has_usable_password()


def test_each_has_an_event_and_none_a_notice() -> None:
    take(*(somebody(email=f"{name}@example.com") for name in "abc"))
    events = AuditEvent.objects.all()
    assert {event.subject for event in events} == {*User.objects.values_list("pk", flat=True)}
    assert {(event.type, event.actor) for event in events} == {("user.imported", "system:import_users")}
    assert not Notice.objects.exists()


def test_whoever_is_not_active_is_suspended_and_can_be_reinstated() -> None:
    take(somebody(is_active=False))
    user = User.objects.get()
    assert not user.is_active
    assert Suspension.objects.get().actor == "system:import_users"
    assert suspension.reinstate(user.pk, actor=ACTOR, origin=Origin()).is_active


def test_an_account_may_end_at_a_time_that_is_to_come_or_is_over() -> None:
    ends = {"ada": "2999-01-31T08:00:00+02:00", "bob": "2020-01-31T08:00:00Z", "cy": None}
    take(*(somebody(email=f"{name}@example.com", expires_at=end) for name, end in ends.items()))
    assert {user.email: user.expires_at for user in User.objects.all()} == {
        f"{name}@example.com": end and parse_datetime(end) for name, end in ends.items()
    }
    assert [user.email for user in User.objects.expired()] == ["bob@example.com"]


@pytest.mark.real_hasher
@pytest.mark.parametrize(
    "stock",
    [
        hashers.PBKDF2PasswordHasher,
        hashers.PBKDF2SHA1PasswordHasher,
        hashers.BCryptSHA256PasswordHasher,
        hashers.BCryptPasswordHasher,
        hashers.ScryptPasswordHasher,
        hashers.Argon2PasswordHasher,
    ],
)
def test_the_old_password_opens_and_its_hash_is_made_anew(stock: type[hashers.BasePasswordHasher]) -> None:
    """Whichever of its hashers another Django has made it with."""
    hasher = stock()
    take(somebody(password=hasher.encode("hunter2", hasher.salt())))
    with pytest.raises(InvalidCredentials):
        sign_in.sign_in(email="ada@example.com", password="hunter3", origin=Origin())
    sign_in.sign_in(email="ada@example.com", password="hunter2", origin=Origin())
    user = User.objects.get()
    assert user.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert user.credentials_version == 1


def test_a_second_time_nothing_is_changed(make_user: MakeUser) -> None:
    """Also where somebody has changed since, or was there before."""
    make_user("bob@example.com", first_name="Bob")
    said = [somebody(password=HASH), somebody(email="BOB@example.com", first_name="Robert", is_active=False)]
    (first,) = take(*said)
    User.objects.filter(email="ada@example.com").update(first_name="Changed")
    (second,) = take(*said)
    assert [(batch.imported, batch.present) for batch in (first, second)] == [(1, 1), (0, 2)]
    assert {*User.objects.values_list("email", "first_name", "is_active")} == {
        ("ada@example.com", "Changed", True),
        ("bob@example.com", "Bob", True),
    }
    assert AuditEvent.objects.filter(type="user.imported").count() == 1


def test_an_interrupted_import_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    file = io.BytesIO(b"\n".join(json.dumps(somebody(email=f"{n}@example.com")).encode() for n in range(5)))
    batches = importing.import_users(file, actor=ACTOR)
    assert next(batches).last_line == 2
    batches.close()  # type: ignore[attr-defined]  # a generator's
    assert User.objects.count() == 2
    file.seek(0)
    assert [(b.imported, b.present) for b in importing.import_users(file, actor=ACTOR)] == [(0, 2), (2, 0), (1, 0)]


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        (b"ada@example.com", "", "not_json"),
        (b'{"email": "ada@example.com"', "", "not_json"),
        (b"[" * 10_000, "", "not_json"),
        (b'{"email": ' + b"9" * 5000 + b"}", "", "not_json"),
        (b'["ada@example.com"]', "", "not_an_object"),
        (b"null", "", "not_an_object"),
        (b'{"email": "\xff@example.com"}', "", "not_utf8"),
        (b'{"email": "ada@example.com", "email": "bob@example.com"}', "", "named_twice"),
        (somebody(first_name="x" * lines.MAX_BYTES), "", "too_long"),
        ({}, "email", "required"),
        ({"email": None}, "email", "not_text"),
        ({"email": 7}, "email", "not_text"),
        ({"email": "ada"}, "email", "invalid"),
        ({"email": "ada\0@example.com"}, "email", "control_characters"),
        ({"email": "\ud800@example.com"}, "email", "invalid"),
        ({"email": "a" * 300 + "@example.com"}, "email", "max_length"),
        (somebody(is_superuser=True), "is_superuser", "unknown_field"),
        (somebody(is_staff=True), "is_staff", "unknown_field"),
        (somebody(deletion_requested_at=None), "deletion_requested_at", "unknown_field"),
        (somebody(**{"ada@example.com": 1}), "?", "unknown_field"),
        (somebody(password=["x"]), "password", "not_text"),
        (somebody(password="hunter2"), "password", "unknown_algorithm"),
        (somebody(password=HASH.replace("1000", "900000000")), "password", "too_costly"),
        (somebody(first_name="x" * 151), "first_name", "max_length"),
        (somebody(first_name="a\0"), "first_name", "control_characters"),
        (somebody(first_name=7), "first_name", "not_text"),
        (somebody(first_name=None), "first_name", "not_text"),
        (somebody(last_name="\udc00"), "last_name", "surrogate_characters_not_allowed"),
        (somebody(phone_number="12"), "phone_number", "invalid"),
        (somebody(is_active="yes"), "is_active", "not_true_or_false"),
        (somebody(email_verified=1), "email_verified", "not_true_or_false"),
        (somebody(date_joined="2020-01-31"), "date_joined", "no_offset"),
        (somebody(date_joined="31 January"), "date_joined", "invalid"),
        (somebody(date_joined="2020-13-31T08:00:00Z"), "date_joined", "invalid"),
        (somebody(date_joined="2020-01-31T08:00:00"), "date_joined", "no_offset"),
        (somebody(date_joined="9999-12-31T23:59:59-14:00"), "date_joined", "overflow"),
        (somebody(date_joined="2999-01-31T08:00:00Z"), "date_joined", "to_come"),
        (somebody(date_joined=None), "date_joined", "not_text"),
        (somebody(last_login=1580457600), "last_login", "not_text"),
        (somebody(expires_at="2030-01-31T08:00:00"), "expires_at", "no_offset"),
        (somebody(expires_at=1580457600), "expires_at", "not_text"),
        (somebody(id="7"), "id", "invalid"),
        (somebody(id=ID.upper()), "id", "invalid"),
        (somebody(id=7), "id", "not_text"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_others_are_taken(line: Any, field: str, code: str) -> None:
    assert (2, field, code) in refusals(somebody(email="a@example.com"), line, somebody(email="b@example.com"))
    assert {*User.objects.values_list("email", flat=True)} == {"a@example.com", "b@example.com"}


def test_all_that_is_wrong_with_a_line_is_told() -> None:
    assert refusals({"email": "ada", "password": "x", "is_active": 0}) == [
        (1, "email", "invalid"), (1, "password", "unknown_algorithm"), (1, "is_active", "not_true_or_false")
    ]  # fmt: skip


@pytest.mark.parametrize("again", ["ADA@Example.COM", "ａda@example.com", " ada@EXAMPLE.com"])
def test_an_address_counts_once_in_a_file_whatever_its_form(again: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also many lines later."""
    for batch in (500, 1):
        monkeypatch.setattr(importing, "BATCH", batch)
        assert refusals(somebody(first_name="Ada"), {"email": "b@example.com"}, {"email": again}) == [
            (3, "email", "duplicate")
        ]
    assert User.objects.get(email="ada@example.com").first_name == "Ada"


def test_an_id_counts_once_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for batch in (500, 1):
        monkeypatch.setattr(importing, "BATCH", batch)
        assert refusals(somebody(id=ID), {"email": "b@example.com", "id": ID}) == [(2, "id", "duplicate")]


def test_nobody_gets_another_id_or_that_of_somebody_else(make_user: MakeUser) -> None:
    make_user("ada@example.com", id=UUID(ID))
    Deletion.objects.create(user_id=OTHER_ID, requested_by="system:test", notice_id=OTHER_ID)
    assert refusals(somebody(id=ID)) == []
    assert refusals(somebody(id=OTHER_ID)) == [(1, "id", "another_id")]
    assert refusals({"email": "b@example.com", "id": ID}) == [(1, "id", "taken")]
    assert refusals({"email": "b@example.com", "id": OTHER_ID}) == [(1, "id", "deleted")]
    assert User.objects.count() == 1


def test_somebody_who_registers_meanwhile_is_there_already(monkeypatch: pytest.MonkeyPatch) -> None:
    insert = importing._insert

    def overtaken(new: list[User], actor: System) -> None:
        monkeypatch.setattr(importing, "_insert", insert)
        raise IntegrityError

    monkeypatch.setattr(importing, "_insert", overtaken)
    (batch,) = take(somebody(), somebody(email="b@example.com"))
    assert (batch.imported, batch.present, batch.refused) == (2, 0, [])


def test_a_database_that_refuses_again_and_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(new: list[User], actor: System) -> None:
        raise IntegrityError

    monkeypatch.setattr(importing, "_insert", refuse)
    with pytest.raises(IntegrityError):
        take(somebody())


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_nothing_is_imported_from_nothing(text: bytes) -> None:
    assert take(text) == []


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = b'\xef\xbb\xbf{"email": "a@example.com"}\r\n\n' + b"x" * (5 * lines.MAX_BYTES) + b"\nx\n"
    (batch,) = take(text)
    assert (batch.imported, [refused.line for refused in batch.refused]) == (1, [3, 4])


def test_a_line_may_be_as_long_as_is_said() -> None:
    line = json.dumps(somebody()).encode().ljust(lines.MAX_BYTES)
    assert refusals(line) == []
    assert refusals(line[:-1] + b"\n" + b"x") == [(2, "", "not_json")]
    assert refusals(line + b" ") == [(1, "", "too_long")]


def test_an_endless_line_takes_no_memory() -> None:
    file = io.BytesIO(b"x" * 20_000_000)
    tracemalloc.start()
    (line,) = lines.read(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (line.number, line.text) == (1, None)
    assert peak < 1_000_000
