"""`manage.py rotate_signing_key`: the next key signs from now on; or a compromised one is believed no more."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from accounts.models import KeyPurpose
from accounts.principals import System
from accounts.services.signing_keys import key_listing, key_rotation
from accounts.services.signing_keys.key_listing import ListedKey, Prospect
from accounts.services.signing_keys.key_rotation import Rotated, TooEarly, Withdrawn

OPERATOR = System("rotate_signing_key")
SHOWN = key_rotation.SHORTEST_NAME
COLUMNS = "{:<10}{:<9}{:<11}{:<11}{:<22}{}"


class Command(BaseCommand):
    help = (
        "Lets the next signing key sign, once every verifier has had time to learn of it. No token is refused for it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--purpose", choices=list(KeyPurpose), default=KeyPurpose.ACCESS)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--now", action="store_true", help="even if the next key is not known to every verifier yet")
        what.add_argument(
            "--compromised",
            metavar="KID",
            help="believe this key no more: its kid or the beginning of it, as --list shows it (--compromised=KID)",
        )
        what.add_argument("--list", action="store_true", help="change nothing")

    def handle(self, *, purpose: str, now: bool, compromised: str | None, **options: Any) -> None:
        try:
            if compromised is not None:
                self._tell_withdrawn(key_rotation.withdraw(compromised, actor=OPERATOR))
            elif not options["list"]:
                self._tell_rotated(key_rotation.rotate(KeyPurpose(purpose), at_once=now, actor=OPERATOR))
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self._show()

    def _tell_withdrawn(self, withdrawn: Withdrawn) -> None:
        self._say(f"{withdrawn.kid[:SHOWN]} is withdrawn: within a second no process here believes it.")
        if withdrawn.purpose == KeyPurpose.ACCESS:
            self.stdout.write(
                "Other services may believe it as long as they keep the JWKS, most libraries for 5 to 15 minutes; "
                "restart them, or wait."
            )
        else:
            self.stdout.write("Whoever holds a refresh token that it signed has to sign in again.")
        if withdrawn.relieved_by is not None:
            self._tell_signing(withdrawn.relieved_by)

    def _tell_rotated(self, outcome: Rotated | TooEarly) -> None:
        if isinstance(outcome, Rotated):
            self._tell_signing(outcome)
            return
        raise CommandError(
            f"The next key, {outcome.kid[:SHOWN]}, may be unknown to verifiers until {_moment(outcome.known_at)}; "
            "today's goes on signing. --now lets the next one sign before that."
        )

    def _tell_signing(self, rotated: Rotated) -> None:
        self._say(f"{rotated.kid[:SHOWN]} signs from now on.")
        if not rotated.is_known:
            self.stdout.write(
                f"It may be unknown to other services until {_moment(rotated.known_at)}: those that do not fetch the "
                "JWKS again for an unknown key refuse its tokens until then."
            )

    def _say(self, text: str) -> None:
        self.stdout.write(self.style.SUCCESS(text))

    def _show(self) -> None:
        keys = key_listing.listed(actor=OPERATOR)
        if not keys:
            self.stdout.write("There are no keys yet; `manage.py ensure_keys` makes the first ones.")
            return
        self.stdout.write(COLUMNS.format("kid", "purpose", "algorithm", "stage", "since", "until"))
        for key in keys:
            self.stdout.write(_row(key))
        for prospect in key_listing.prospects(actor=OPERATOR):
            self.stdout.write(_next(prospect))


def _row(key: ListedKey) -> str:
    until = _moment(key.until) if key.until else "-"
    return COLUMNS.format(key.kid[:SHOWN], key.purpose, key.algorithm, key.stage, _moment(key.since), until)


def _next(prospect: Prospect) -> str:
    if prospect.kid is None or prospect.known_at is None:
        return f"Next for {prospect.purpose}: the worker publishes a key."
    due = f"the worker lets it sign at {_moment(prospect.due_at)}" if prospect.due_at else "the worker lets it sign"
    known = f"known to all from {_moment(prospect.known_at)} on"
    return f"Next for {prospect.purpose}: {prospect.kid[:SHOWN]}, {known}; {due}."


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
