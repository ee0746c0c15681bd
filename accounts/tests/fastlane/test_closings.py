"""Bytes kept with a remembered standing: made once for that very one, and never said of another."""

import pytest

from accounts.fastlane.closings import Closings
from accounts.models import Session, User
from accounts.models.sessions import KeptSession
from accounts.tests.support.factories import Tokens

pytestmark = pytest.mark.django_db


def kept() -> KeptSession:
    session = Session.objects.get()
    found = Session.objects.find_whole(session.pk, session.user_id)
    assert found is not None
    return KeptSession(found)


def test_they_are_made_once_for_what_memory_holds_and_anew_for_what_it_holds_next(tokens: Tokens) -> None:
    rendered: list[str] = []

    def render(user: User) -> bytes:
        rendered.append(user.first_name)
        return user.first_name.encode()

    User.objects.update(first_name="Ada")
    closings, before = Closings(render), kept()
    User.objects.update(first_name="Grace")
    after = kept()
    assert [closings.of(each) for each in (after, before, after, before)] == [b"Grace", b"Ada", b"Grace", b"Ada"]
    assert rendered == ["Grace", "Ada"]


def test_whoever_gets_a_session_of_memory_has_it_alone(tokens: Tokens) -> None:
    User.objects.update(first_name="Ada")
    known = kept()
    own = known.session()
    own.user.first_name, own.generation = "Grace", 7
    again = known.session()
    assert (again.user.first_name, again.generation, again.user.group_names) == ("Ada", 0, [])
    assert (again.read_at, again.ends_at) == (known.read_at, known.ends_at)
