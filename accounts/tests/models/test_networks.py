"""A network stays known through a change of SECRET_KEY, as long as the old value is a fallback."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import KnownNetwork, User
from accounts.models.networks import NOTE, present_hash
from accounts.principals import Origin

HERE, ELSEWHERE = Origin(address="203.0.113.7"), Origin(address="203.0.113.8")


def note_here(user: User) -> None:
    """As a sign-in does."""
    NOTE.run(KnownNetwork(user=user, network_hash=present_hash(HERE), last_seen_at=timezone.now()))


@pytest.mark.django_db
def test_a_network_is_known_under_the_fallbacks_too(user: User, settings: Settings) -> None:
    note_here(user)
    usual, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    assert not KnownNetwork.objects.knows(user.email, HERE)
    settings.SECRET_KEY_FALLBACKS = ["yet another" * 6, usual]
    assert KnownNetwork.objects.knows(user.email, HERE)
    assert not KnownNetwork.objects.knows(user.email, ELSEWHERE)
    note_here(user)
    settings.SECRET_KEY_FALLBACKS = []
    assert KnownNetwork.objects.knows(user.email, HERE)
