"""What names a person in a text that outlives them, in whatever spelling it comes."""

import pytest

from accounts.errors import InvalidInput
from accounts.models import User
from accounts.services.deleting import naming, receipts

IDN = "ada@xn--mller-kva.example"


def person(**fields: str) -> User:
    """Not saved: only what is theirs is looked at."""
    return User(**{"email": IDN, "first_name": "René", "last_name": "O'Neill", "phone_number": "+4930901820"} | fields)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ask ada@xn--mller-kva.example", ["e-mail address"]),
        ("ask ada@müller.example", ["e-mail address"]),
        ("ask <ADA@MÜLLER.example>, please", ["e-mail address"]),
        ("ask ada@mu\u0308ller.example.", ["e-mail address"]),
        ("ask ａｄａ＠müller。example!", ["e-mail address"]),
        ("mailto:ada@müller.example/ben@elsewhere.example", ["e-mail address"]),
        ("ben@elsewhere.example,ada@müller.example", ["e-mail address"]),
        ("ask ada@mül\u00adler.example", ["e-mail address"]),
        ("Rene\u0301 asked twice", ["name"]),
        ("ＲＥＮÉ asked twice", ["name"]),
        ("re\u200bné_asked twice", ["name"]),
        ("Mrs O'Neill's data", ["name"]),
        ("call ０３０ ９０１８２０", ["phone number"]),
        ("call 030/٩٠١-٨٢٠", ["phone number"]),
        ("René, ada@müller.example, 030 901820", ["e-mail address", "name", "phone number"]),
        ("ada@muller.example o neil 90182", []),
        ("its o ring is gone", []),
    ],
)
def test_what_is_theirs_is_found_and_named_by_its_kind(text: str, kinds: list[str]) -> None:
    assert list(naming.kinds(text, person())) == kinds


@pytest.mark.parametrize(
    ("fields", "text", "is_found"),
    [
        ({"last_name": "A"}, "a service is gone", False),
        ({"first_name": "मिश्रा", "last_name": "", "email": "m@example.com"}, "मिश्रा का डेटा", True),
        ({"first_name": "Rene\u0301"}, "René asked", True),
        ({"first_name": "", "last_name": "", "phone_number": ""}, "4711 is gone", False),
        ({"email": "ada@xn--strae-oqa.example"}, "ask ada@straße.example", True),
    ],
)
def test_names_are_compared_as_they_look(fields: dict[str, str], text: str, is_found: bool) -> None:
    assert bool(list(naming.kinds(text, person(**fields)))) is is_found


def test_the_refusal_says_what_to_leave_out_and_not_what_it_is() -> None:
    with pytest.raises(InvalidInput) as refused:
        receipts.checked_reason("René lives at ada@müller.example", person())
    (error,) = refused.value.errors
    assert error.detail == "The reason outlives the person: leave out their e-mail address and name."
    assert receipts.checked_reason(" its database is gone ", person()) == "its database is gone"
