"""`manage.py delete_user`: deletes an account, or completes a deletion that still waits."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import InvalidInput, Refusal
from accounts.identifiers import normalise_email
from accounts.models import User
from accounts.principals import Origin, System
from accounts.services import fields, people
from accounts.services.deleting import deletion, receipts
from accounts.services.deleting.receipts import AcknowledgementState, Receipt

ACTOR = System("delete_user")


class Command(BaseCommand):
    help = "Deletes an account: signed out at once, erased as soon as every service that holds its data has agreed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="EMAIL_OR_ID")
        parser.add_argument("--force", action="store_true", help="do not wait for the other services")
        parser.add_argument("--reason", default="", help="why not; kept, so it must not name the person")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, user: str, force: bool, reason: str, yes: bool, **options: Any) -> None:
        if bool(reason) != force:
            raise CommandError("--force needs a --reason, and a --reason is for --force.")
        try:
            user_id = people.id_of(user)
            if not yes:
                self._confirm(user_id)
            receipt = self._delete(user_id, reason)
        except InvalidInput as refusal:
            raise CommandError(" ".join(f"--{error.field}: {error.detail}" for error in refusal.errors)) from None
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self._tell(receipt)
        if reason and receipt.forced_reason != reason.strip():
            self._tell_unkept(receipt)

    @staticmethod
    def _confirm(user_id: UUID) -> None:
        user = User.objects.filter(pk=user_id).first()
        if user is None:
            return
        try:
            typed = input(f"There is no way back. Type {user.email} to go on: ")
        except EOFError:
            raise CommandError("Nobody is here to be asked; with --yes nobody is.") from None
        except KeyboardInterrupt:
            raise CommandError("Nothing was deleted.") from None
        if normalise_email(typed) == user.email:
            return
        raise CommandError("That is not the address; nothing was done.")

    @staticmethod
    def _delete(user_id: UUID, reason: str) -> Receipt:
        if reason:  # before anything happens: a reason that can't be kept
            fields.checked({"reason": reason}, reason=fields.reason)
            receipts.checked_reason(reason, User.objects.filter(pk=user_id).first())
        requested = deletion.request(user_id, actor=ACTOR, origin=Origin())
        if reason and requested.completed_at is None:
            return deletion.force(user_id, reason=reason, actor=ACTOR, origin=Origin())
        return receipts.of(requested)

    def _tell(self, receipt: Receipt) -> None:
        if receipt.completed_at is not None:
            self.stdout.write(self.style.SUCCESS(f"{receipt.user_id} is deleted."))
            return
        awaited = [each for each in receipt.consumers if each.state is AcknowledgementState.PENDING]
        self.stdout.write(f"{receipt.user_id} is out, and will be erased as soon as nobody is awaited:")
        for each in awaited:
            self.stdout.write(f"  {each.client_id}{' (overdue)' if each.overdue else ''}")
        if not awaited:
            self.stdout.write("  nobody is, but the erasing failed; the worker tries again, and logs why")

    def _tell_unkept(self, receipt: Receipt) -> None:
        why = "it was forced before, and the first one stays" if receipt.forced_by else "nobody was awaited any more"
        self.stdout.write(f"The reason was not kept: {why}.")
