"""What is broken where people are deleted, here and at those who hold a copy of them."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

OWN_PROFILE: Final = "accounts/tests/services/test_profile.py"
DELETING: Final = "accounts/tests/services/test_deletion.py"
ERASING: Final = "accounts/tests/services/test_erasure.py"
RECEIPTS_TESTS: Final = "accounts/tests/services/test_receipts.py"
NAMING_TESTS: Final = "accounts/tests/services/test_naming.py"
ERASED_AUDIT: Final = "accounts/tests/services/test_erased_audit.py"
STUCK: Final = "accounts/tests/services/test_stuck_deletions.py"
AUTHORISED: Final = "accounts/tests/services/test_deletion_authorisation.py"
NOTHING_LEFT: Final = "accounts/tests/services/test_nothing_is_left.py"
DELETION: Final = "accounts/services/deleting/deletion.py"
ERASURE: Final = "accounts/services/deleting/erasure.py"
TURNS: Final = "accounts/services/deleting/turns.py"
RECEIPTS: Final = "accounts/services/deleting/receipts.py"
NAMING: Final = "accounts/services/deleting/naming.py"
DELETIONS: Final = "accounts/models/deletions.py"
SIGNING_IN: Final = "accounts/models/signing_in.py"
REDIS_COUNTERS: Final = "accounts/throttling/redis_counters.py"
FIELDS: Final = "accounts/services/fields.py"

FOR_DELETIONS: Final = (
    Mutant("a deletion without its notice", DELETION, "    notice_id = log.append(NoticeType.USER_DELETED, user_id, version=version)\n", "    notice_id = user_id\n", DELETING),
    Mutant("the deleted keep their sessions", DELETION, "    revocation.revoke_locked(user_id, None, RevocationReason.DELETED, actor=actor, origin=origin)\n", "", DELETING),
    Mutant("the deleted stay active", DELETION, "is_active=False, deletion_requested_at=Now()", "deletion_requested_at=Now()", DELETING),
    Mutant("a deletion by an older password", DELETION, "filter(pk=user_id, password=checked_hash)", "filter(pk=user_id)", DELETING),
    Mutant("any password deletes", "accounts/services/confirmation.py", "if not passwords.verify(password, user.password).matches:", "if not password:", DELETING),
    Mutant("retired consumers are awaited", DELETIONS, "acknowledged_at__isnull=True, consumer__retired_at__isnull=True", "acknowledged_at__isnull=True", ERASING),
    Mutant("erased before all have acknowledged", DELETIONS, "self.under_way().filter(~Exists(awaited) | ~Q(forced_by=\"\"))", "self.under_way()", ERASING),
    Mutant("an earlier notice's acknowledgement counts", DELETIONS, "deletion__notice_seq__lte=seq)", "deletion__notice_seq__lte=seq + 1)", ERASING),
    Mutant("erased within the consumer's transaction", DELETION, "transaction.on_commit(partial(erasure.advance, deletion_id))", "erasure.advance(deletion_id)", ERASING),
    Mutant("addresses of the deleted stay", ERASURE, "    AuditContext.objects.filter(subject__in=user_ids).delete()\n", "", NOTHING_LEFT),
    Mutant("addresses of what the deleted did stay", ERASURE, "    AuditContext.objects.filter(event__in=by_them).delete()\n", "", ERASED_AUDIT),
    Mutant("what is recorded late of the deleted stays", ERASURE, "        _strip_audit(erased[start : start + BATCH])\n", "        pass\n", ERASED_AUDIT),
    Mutant("the first of the deleted alone are swept", ERASURE, "range(0, len(erased), BATCH)", "range(0, min(len(erased), BATCH), BATCH)", ERASED_AUDIT),
    Mutant("the row of the deleted stays", ERASURE, "        user.delete()\n", "        User.objects.filter(pk=user_id).update(email=f'{user_id}@example.com', phone_number='')\n", NOTHING_LEFT),
    Mutant("the emptied row of the deleted stays", ERASURE, "        user.delete()\n", "        User.objects.filter(pk=user_id).update(email=f'{user_id}@example.com', phone_number='', first_name='', last_name='')\n", NOTHING_LEFT),
    Mutant("failures against the deleted are inherited", ERASURE, "        transaction.on_commit(partial(attempts.forget, user.email, _networks(user_id)))\n", "", DELETING),
    Mutant("one that can't be erased holds up the rest", ERASURE, "    except Exception as exc:  # noqa: BLE001 - whatever a receiver raises: others are not to wait for it\n        held_by, error = [], type(exc).__name__\n", "    except ZeroDivisionError as exc:\n        held_by, error = [], type(exc).__name__\n", ERASING),
    Mutant("failures from the owner's network are inherited", ERASURE, "partial(attempts.forget, user.email, _networks(user_id))", "partial(attempts.forget, user.email)", DELETING),
    Mutant("Redis within the erasing", ERASURE, "transaction.on_commit(partial(attempts.forget, user.email, _networks(user_id)))", "attempts.forget(user.email, _networks(user_id))", DELETING),
    Mutant("a count that can't be forgotten fails the erasing", "accounts/throttling/attempts.py", "except (DatabaseError, InterfaceError) as exc:", "except InterfaceError as exc:", DELETING),
    Mutant("who is forgotten waits for a Redis that rests", REDIS_COUNTERS, "        if self._rests():\n            return\n", "", "accounts/tests/throttling"),
    Mutant("the first alone have their turn", TURNS, "        self._last = chosen[-1] if chosen else BEFORE_ALL\n", "", STUCK),
    Mutant("those behind the last have no turn", TURNS, "            chosen += ordered.filter(pk__lte=self._last)[: count - len(chosen)]\n", "            pass\n", STUCK),
    Mutant("two turns in a round", TURNS, "ordered.filter(pk__lte=self._last)[: count", "ordered[: count", STUCK),
    Mutant("all at once in a round", ERASURE, "turns.next_of(Deletion.objects.ready(), TRIED_AT_ONCE)", "Deletion.objects.ready().values_list(\"pk\", flat=True)", STUCK),
    Mutant("stuck deletions are not counted", ERASURE, "metrics.UNERASED_DELETIONS.set(Deletion.objects.ready().count())", "metrics.UNERASED_DELETIONS.set(0)", STUCK),
    Mutant("those who wait are counted as stuck", ERASURE, "metrics.UNERASED_DELETIONS.set(Deletion.objects.ready().count())", "metrics.UNERASED_DELETIONS.set(Deletion.objects.under_way().count())", STUCK),
    Mutant("a statement for any number of acknowledgements", DELETIONS, "values_list(\"pk\", flat=True)[:at_most]", "values_list(\"pk\", flat=True)", ERASING),
    Mutant("a round for any number of acknowledgements", ERASURE, "    for _ in range(BATCHES_AT_ONCE):\n", "    while True:\n", ERASING),
    Mutant("one batch of acknowledgements in a round", ERASURE, "        if _note_batch(owed) < BATCH:\n", "        if _note_batch(owed) <= BATCH:\n", ERASING),
    Mutant("erased cells stay in the file", "authservice/settings.py", "; PRAGMA secure_delete = ON", "", "authservice/tests/test_sqlite.py"),
    Mutant("present are those being deleted", "accounts/models/users.py", "return self.filter(PRESENT)", "return self.all()", DELETING),
    Mutant("deleteMe several times an operation", "accounts/graphql/limits.py", ', "changePassword", "deleteMe"}', ', "changePassword"}', "accounts/tests/graphql/test_deletion.py"),
    Mutant("the receipt is not found without the user", RECEIPTS, "    deletion = Deletion.objects.filter(user_id=user_id).first()\n", "    deletion = Deletion.objects.under_way().filter(user_id=user_id).first()\n", RECEIPTS_TESTS),
    Mutant("a forced end needs no reason", RECEIPTS, "    if not text:\n", "    if text is None:\n", DELETING),
    Mutant("the reason names the person", RECEIPTS, "if user is not None and (named := list(naming.kinds(text, user))):", "if user is None and (named := list[str]()):", DELETING),
    Mutant("an address in its other form is no address", NAMING, "(_folded(visible), *_addresses(visible))", "(_folded(visible),)", NAMING_TESTS),
    Mutant("letters that only look alike name nobody", NAMING, 'plain = unicodedata.normalize("NFKC", text)', "plain = text", NAMING_TESTS),
    Mutant("what can't be seen hides a name", NAMING, ' if unicodedata.category(character) != "Cf"', "", NAMING_TESTS),
    Mutant("one letter makes a reason personal", NAMING, " if len(word) > 1}", "}", NAMING_TESTS),
    Mutant("digits of other scripts are no number", NAMING, " if character.isdecimal())", ' if character in "0123456789")', NAMING_TESTS),
    Mutant("ids in any spelling", FIELDS, "    if str(parsed) != value:\n", "    if not value:\n", "accounts/tests/parity/test_ids.py"),
    Mutant("any answer deletes", "accounts/management/commands/delete_user.py", "if normalise_email(typed) == user.email:", "if typed:", "accounts/tests/test_delete_user.py"),
    Mutant("whoever is being deleted is found by commands", "accounts/services/people.py", "    if user.deletion_requested_at is not None:\n", "    if user.pk is None:\n", "accounts/tests/test_suspension_commands.py"),
    Mutant("the deleted sign in", SIGNING_IN, "User.objects.present().filter(email=email).annotate", "User.objects.filter(email=email).annotate", DELETING),
    Mutant("refresh tells the deleted that they are suspended", "accounts/services/refreshing.py", "    if session.user.deletion_requested_at is not None:\n        return SessionRevoked()\n", "", DELETING),
    Mutant("the deleted have known networks", "accounts/models/networks.py", "User.objects.present().filter(email=email)", "User.objects.filter(email=email)", DELETING),
    Mutant("the deleted change their profile", "accounts/services/profile.py", "User.objects.present().admitted().filter(pk=actor.user_id)", "User.objects.admitted().filter(pk=actor.user_id)", OWN_PROFILE),
    Mutant("the suspended change their profile", "accounts/services/profile.py", "present().admitted().filter(pk=actor.user_id)", "present().filter(pk=actor.user_id)", OWN_PROFILE),
    Mutant("a lost change of a profile is told as done", "accounts/services/profile.py", "if is_refused or (user", "if (user", OWN_PROFILE),
    Mutant("anybody forces", DELETION, "    require(Action.FORCE_DELETION, actor=actor, target=user)\n", "", DELETING),
    Mutant("anybody deletes anybody", DELETION, "    require(Action.DELETE_USER, actor=actor, target=_lock(user_id, actor))\n", "    _lock(user_id, actor)\n", DELETING),
    Mutant("decided on a row that others change", DELETION, "    revocation.lock_users(user_id, actor=actor)\n    return User.objects.filter(pk=user_id).first()\n", "    user = User.objects.filter(pk=user_id).first()\n    revocation.lock_users(user_id, actor=actor)\n    return user\n", AUTHORISED),
    Mutant("allowed to force before the row is held", DELETION, "    user = _lock(user_id, actor)\n    require(Action.FORCE_DELETION, actor=actor, target=user)\n", "    require(Action.FORCE_DELETION, actor=actor, target=User.objects.filter(pk=user_id).first())\n    user = _lock(user_id, actor)\n", AUTHORISED),
    Mutant("allowed before the row is held", DELETION, "    require(Action.DELETE_USER, actor=actor, target=_lock(user_id, actor))\n", "    require(Action.DELETE_USER, actor=actor, target=User.objects.filter(pk=user_id).first())\n    _lock(user_id, actor)\n", AUTHORISED),
    Mutant("anybody reads receipts", RECEIPTS, "    require(Action.READ_DELETION, actor=actor, target=User.objects.filter(pk=user_id).first())\n", "", RECEIPTS_TESTS),
    Mutant("nobody is ever overdue", DELETIONS, "deletion__requested_at__lt=Now() - OVERDUE_AFTER", "deletion__requested_at__gt=Now()", RECEIPTS_TESTS),
    Mutant("deletion request in two transactions", DELETION, "@transactional\ndef _request(", "def _request(", ERASING),
    Mutant("the erasing in several transactions", ERASURE, "@transactional\ndef _erase(", "def _erase(", ERASING),
)  # fmt: skip
