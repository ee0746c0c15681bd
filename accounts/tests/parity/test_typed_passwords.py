"""A password is the same however its letters are composed, and one from elsewhere also as it was typed there."""

import unicodedata
from typing import Final

import pytest
from django.contrib.auth import hashers

from accounts import passwords
from accounts.models import User
from accounts.tests.parity.cases import Stage
from accounts.tests.parity.doors import Door

pytestmark = pytest.mark.django_db

COMPOSED: Final = "drei Möwen stehlen mein Brötchen"
DECOMPOSED: Final = unicodedata.normalize("NFD", COMPOSED)
LONGEST: Final = ("übergrößenträger " * 20)[: passwords.MAX_LENGTH]


def test_a_new_password_opens_in_either_form(door: Door, stage: Stage) -> None:
    door.change_password(stage.access, current_password=stage.credentials["password"], new_password=DECOMPOSED)
    assert [door.login(email=stage.user.email, password=typed).code for typed in (COMPOSED, DECOMPOSED)] == ["", ""]


def test_one_from_elsewhere_opens_as_it_was_typed_there_and_then_in_either_form(door: Door, stage: Stage) -> None:
    encoded = hashers.PBKDF2PasswordHasher().encode(DECOMPOSED, "salt", iterations=1000)
    User.objects.filter(pk=stage.user.pk).update(password=encoded)
    typed = (COMPOSED, DECOMPOSED, COMPOSED, DECOMPOSED)
    codes = [door.login(email=stage.user.email, password=each).code for each in typed]
    assert codes == ["invalid_credentials", "", "", ""]


def test_the_longest_is_measured_as_it_is_composed(door: Door, stage: Stage) -> None:
    decomposed = unicodedata.normalize("NFD", LONGEST)
    assert len(decomposed) > len(LONGEST) == passwords.MAX_LENGTH
    assert door.login(email=stage.user.email, password=decomposed).code == "invalid_credentials"
    refused = door.login(email=stage.user.email, password=unicodedata.normalize("NFD", LONGEST + "ü"))
    assert refused.fields == {("password", "max_length")}
