"""The same input is taken, or refused by the same names and codes."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.tests.parity.cases import ANOTHER, Stage, promoted
from accounts.tests.parity.doors import DOORS, Door, Outcome
from accounts.tests.support import factories
from accounts.tests.support.factories import PASSWORD

pytestmark = pytest.mark.django_db

REST, GRAPHQL = DOORS.values()
Call = Callable[[Door, Stage, dict[str, Any]], Outcome]


def somebody() -> str:
    """The id of the same person at each door: the first one's is undone."""
    return str(factories.make_user("somebody@example.com").pk)


CALLS: Final[dict[str, tuple[Call, dict[str, str]]]] = {
    "register": (
        lambda door, _, given: door.register(**given),
        {
            "email": "new@example.com",
            "password": ANOTHER,
            "first_name": "Ada",
            "last_name": "Lovelace",
            "phone_number": "+12025550123",
        },
    ),
    "login": (lambda door, _, given: door.login(**given), {"email": "new@example.com", "password": PASSWORD}),
    "refresh": (lambda door, _, given: door.refresh(**given), {"refresh": "a.b.c"}),
    "verify": (lambda door, _, given: door.verify(**given), {"token": "a.b.c"}),
    "logout": (lambda door, stage, given: door.logout(stage.access, **given), {"refresh": "a.b.c"}),
    "update": (
        lambda door, stage, given: door.update(stage.access, **given),
        {"first_name": "Ada", "last_name": "Lovelace", "phone_number": "+12025550123"},
    ),
    "change_password": (
        lambda door, stage, given: door.change_password(stage.access, **given),
        {"current_password": PASSWORD, "new_password": ANOTHER},
    ),
    "ask_reset": (lambda door, _, given: door.ask_reset(**given), {"email": "new@example.com"}),
    "resend": (lambda door, _, given: door.resend(**given), {"email": "new@example.com"}),
    "reset": (lambda door, _, given: door.reset(**given), {"token": "a.b.c", "new_password": ANOTHER}),
    "verify_email": (lambda door, _, given: door.verify_email(**given), {"token": "a.b.c"}),
    "stay": (lambda door, _, given: door.stay(**given), {"token": "a.b.c"}),
    "change_email": (
        lambda door, stage, given: door.change_email(stage.access, **given),
        {"new_email": "new@example.com", "password": PASSWORD},
    ),
    "delete_me": (lambda door, stage, given: door.delete_me(stage.access, **given), {"password": PASSWORD}),
    "suspend": (
        lambda door, stage, given: door.suspend(promoted(stage), id=somebody(), **given),
        {"reason": "case 4711"},
    ),
    "create": (
        lambda door, stage, given: door.create(promoted(stage), **given),
        {"email": "new@example.com", "first_name": "Ada", "phone_number": "+12025550123"},
    ),
    "change": (
        lambda door, stage, given: door.change(promoted(stage), id=somebody(), **given),
        {"email": "new@example.com", "last_name": "Lovelace"},
    ),
}
FIELDS: Final = [(call, field) for call, (_, values) in CALLS.items() for field in values]
OPTIONAL: Final = {"first_name", "last_name", "phone_number", ("logout", "refresh"), ("change", "email")}
REQUIRED: Final = [pair for pair in FIELDS if not {pair, pair[1]} & OPTIONAL]
ANYWHERE: Final = [
    "", " ", "  Ada  ", "a\0b", "\0", "a\nb", "\t", "a\x85", "\ud800", "a\udfff\0", "e\u0301", "👩‍🚀", "\u202e",
    "x" * 20_000,
]  # fmt: skip
TEXTS: Final = {
    "name": ["\u3000", "\ufeff", "<script>", "x" * 150, "x" * 151, "é" * 151, "\ud800" * 151, f" {'x' * 150} "],
    "email": [
        "ada", "@", "ada@", "ada@example", "ada@@example.com", "ada@exam ple.com", "ADA@EXÄMPLE.COM",
        "ada＠example.com", "аda@example.com", "ada@-x.com", "ada@[127.0.0.1]", "ada@localhost", " ada@example.com ",
        "ada@example.com\u202e",
        "a" * 64 + "@example.com", "a" * 65 + "@example.com", "a@" + "b" * 300 + ".com", "a@" + "b." * 130 + "com",
        "a@" + "ü" * 200 + ".com", "a" * 242 + "@example.com", "a" * 243 + "@example.com", "\ud800@example.com",
        "x" * 254, "x" * 255, "x" * 320, "x" * 321,
    ],
    "number": [
        "+1 202 555 0123", "+1 202 555 0123 ext. 5", "tel:+12025550123", "0012025550123", "12345", "+1",
        "+0000000000000",
        "call me", "+1" * 200, "x" * 151, "+49 30 123456", "+12025550123\0", "＋12025550123",
    ],
    "password": [
        "violet otters juggle maps", " violet otters juggle maps ", "password", "a" * 22, "x" * 256, "x" * 257,
        "\0" * 257,
        "e\u0301" * 200, "violetottersjuggle" * 14, "violetottersjuggle" * 15,
    ],
    "refresh": ["a.b", "..", "a.b.c "],
    "token": ["a.b", "..", "a.b.c "],
    "reason": ["x" * 500, "x" * 501, f" {'x' * 500} ", "\ud800" * 501, "\u3000"],
}  # fmt: skip


def outcomes(call: str, stage: Stage, given: dict[str, Any]) -> list[Outcome]:
    """Of each door, on the same ground: what the first one did is undone."""
    found: list[Outcome] = []
    for door in DOORS.values():
        with transaction.atomic():
            found.append(CALLS[call][0](door, stage, given))
            transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(("call", "field"), FIELDS)
def test_the_same_text_meets_the_same_answer(stage: Stage, call: str, field: str) -> None:
    for text in ANYWHERE + TEXTS[field.rpartition("_")[2]]:
        rest, graphql = outcomes(call, stage, CALLS[call][1] | {field: text})
        assert graphql.reason == rest.reason, ascii(text)
        assert told(graphql) == told(rest), ascii(text)


def told(outcome: Outcome) -> dict[str, Any]:
    """What both doors say of the person."""
    data = outcome.data or {}
    return {name: data.get(name) for name in ("email", "first_name", "last_name", "phone_number")}


@given(text=st.text(st.characters(), max_size=40))
@settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize(("call", "field"), [pair for pair in FIELDS if pair[0] in {"register", "update", "verify"}])
def test_any_text_meets_the_same_answer(stage: Stage, call: str, field: str, text: str) -> None:
    rest, graphql = outcomes(call, stage, CALLS[call][1] | {field: text})
    assert graphql.reason == rest.reason, ascii(text)


@pytest.mark.parametrize("call", CALLS)
def test_several_bad_fields_are_named_alike(stage: Stage, call: str) -> None:
    rest, graphql = outcomes(call, stage, dict.fromkeys(CALLS[call][1], "\ud800"))
    assert graphql.reason == rest.reason
    assert {name for name, _ in rest.fields} == set(CALLS[call][1])


@pytest.mark.parametrize(("call", "field"), [pair for pair in FIELDS if pair not in REQUIRED])
def test_null_in_an_optional_field_is_refused_alike(stage: Stage, call: str, field: str) -> None:
    rest, graphql = outcomes(call, stage, CALLS[call][1] | {field: None})
    assert graphql.reason == rest.reason == ("invalid_input", frozenset({(field, "null")}))


@pytest.mark.parametrize(("call", "field"), REQUIRED)
def test_what_rest_says_of_missing_fields_and_other_types_is_said_by_graphqls_own(
    stage: Stage, call: str, field: str
) -> None:
    """A listed difference: a GraphQL schema has types, and its clients expect its validator to speak."""
    wrong: list[dict[str, Any]] = [CALLS[call][1] | {field: value} for value in (None, 1, True, ["a"], {"a": "b"})]
    wrong.append({name: value for name, value in CALLS[call][1].items() if name != field})
    for given_values in wrong:
        rest, graphql = outcomes(call, stage, given_values)
        assert (rest.code, graphql.code) == ("invalid_input", "graphql_validation_failed")


@pytest.mark.parametrize("call", [call for call in CALLS if call != "verify"])
def test_an_unknown_field_is_refused_at_both(stage: Stage, call: str) -> None:
    rest, graphql = outcomes(call, stage, CALLS[call][1] | {"is_root": True})
    assert (rest.code, graphql.code) == ("unknown_field", "graphql_validation_failed")


MOMENTS: Final = {
    "2100-01-02T03:04:05Z": "",
    "2100-01-02T03:04:05.123456+05:30": "",
    "2020-01-02T03:04:05Z": "not_to_come",
    "0001-01-01T00:00:00+12:00": "overflow",
    "9999-12-31T23:59:59-12:00": "overflow",
    "2100-01-02T03:04:05": "no_offset",
    "2100-01-02": "no_offset",
}


WITH_MOMENTS: Final = {"suspend": "until", "create": "expires_at"}


@pytest.mark.parametrize(("call", "field"), WITH_MOMENTS.items())
@pytest.mark.parametrize(("text", "code"), MOMENTS.items())
def test_a_moment_is_taken_with_its_offset_alike(stage: Stage, call: str, field: str, text: str, code: str) -> None:
    for outcome in outcomes(call, stage, CALLS[call][1] | {field: text}):
        assert outcome.reason == (("invalid_input", frozenset({(field, code)})) if code else ("", frozenset()))


@pytest.mark.parametrize(("call", "field"), WITH_MOMENTS.items())
def test_no_moment_at_all_is_taken_alike(stage: Stage, call: str, field: str) -> None:
    for outcome in outcomes(call, stage, CALLS[call][1] | {field: None}):
        assert not outcome.code


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2100-13-01T00:00:00Z", "2100-01-02T03:04:05+99:00", "9999-12-31T24:00:00Z", 4711, True]
)
def test_what_is_no_moment_is_refused_by_each_in_its_own_way(stage: Stage, text: Any) -> None:
    rest, graphql = outcomes("suspend", stage, {"reason": "case 4711", "until": text})
    assert (rest.reason, graphql.code) == (
        ("invalid_input", frozenset({("until", "invalid")})),
        "graphql_validation_failed",
    )
