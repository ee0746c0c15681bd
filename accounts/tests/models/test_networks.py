"""A network stays known through a change of SECRET_KEY, as long as the old value is a fallback."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import KnownNetwork, User
from accounts.principals import Origin

HERE, ELSEWHERE = Origin(address="203.0.113.7"), Origin(address="203.0.113.8")


@pytest.mark.django_db
def test_a_network_is_known_under_the_fallbacks_too(user: User, settings: Settings) -> None:
    KnownNetwork.objects.note(user.pk, HERE, at=timezone.now())
    usual, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    assert not KnownNetwork.objects.knows(user.email, HERE)
    settings.SECRET_KEY_FALLBACKS = ["yet another" * 6, usual]
    assert KnownNetwork.objects.knows(user.email, HERE)
    assert not KnownNetwork.objects.knows(user.email, ELSEWHERE)
    KnownNetwork.objects.note(user.pk, HERE, at=timezone.now())
    settings.SECRET_KEY_FALLBACKS = []
    assert KnownNetwork.objects.knows(user.email, HERE)
