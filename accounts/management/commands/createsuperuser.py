"""`manage.py createsuperuser` as Django has it, and the audit hears of it."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from accounts.principals import System
from accounts.services import superusers


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        before = superusers.known()
        super().handle(*args, **options)
        superusers.note_new(before, actor=System("createsuperuser"))
