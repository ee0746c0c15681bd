"""A task acts for whoever may act when it runs."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from authservice_connector.models import RemoteUser
from django.contrib.auth import get_user_model
from django.core import mail

from tests.pages import RECIPES, run, sections

pytestmark = pytest.mark.django_db

User: Any = get_user_model()


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(sys.modules, "celery", SimpleNamespace(shared_task=lambda function: function))
    return run(sections(RECIPES)["A Celery task for somebody"])["send_report"]


def test_a_task_acts_for_whoever_may(task: Any, ada: Any) -> None:
    task(ada.pk)
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]


def test_a_task_does_nothing_for_who_was_suspended_until_they_are_reinstated(
    task: Any, ada: Any, suspend: Any, reinstate: Any
) -> None:
    suspend()
    task(ada.pk)
    assert not mail.outbox
    reinstate()
    task(ada.pk)
    assert len(mail.outbox) == 1


def test_a_task_does_nothing_for_who_was_deleted(task: Any, ada: Any, delete: Any) -> None:
    delete()
    task(ada.pk)
    User.objects.filter(pk=ada.pk).update(is_active=True)  # whoever switches it on again
    RemoteUser.objects.update(email="still@example.com")
    task(ada.pk)
    assert not mail.outbox


def test_a_task_does_nothing_for_who_was_disabled_here_or_is_gone(task: Any, ada: Any) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    task(ada.pk)
    User.objects.filter(pk=ada.pk).delete()
    task(ada.pk)
    assert not mail.outbox
