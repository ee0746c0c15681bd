"""What is broken in the end of an account's life that was set beforehand."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

STANDING: Final = "accounts/tokens/standing.py"
ISSUING: Final = "accounts/tokens/issuing.py"
USERS: Final = "accounts/models/users.py"
EXPIRY: Final = "accounts/services/expiry.py"
SUSPENSION: Final = "accounts/services/suspension.py"
ISSUING_TESTS: Final = "accounts/tests/tokens/test_issuing.py"
EXPIRY_TESTS: Final = "accounts/tests/services/test_expiry.py"
CODES_TESTS: Final = "accounts/tests/services/test_codes.py"

FOR_EXPIRY: Final = (
    Mutant("the expired are believed", STANDING, "if not session.user.may_come_in(session.read_at):", "if not session.user.is_active:", "accounts/tests/tokens/test_standing.py"),
    Mutant("memory outlives an account", "accounts/models/sessions.py", "self.ends_at: Final[datetime] = session.ends_at", "self.ends_at: Final[datetime] = session.expires_at", "accounts/tests/fastlane/test_standing.py"),
    Mutant("renewal outlives an account", "accounts/models/sessions.py", "((each.ends_at - moment)", "((each.expires_at - moment)", "accounts/tests/tokens/test_renewal.py"),
    Mutant("tokens outlive an account", ISSUING, "int(session.ends_at.timestamp())", "int(session.expires_at.timestamp())", ISSUING_TESTS),
    Mutant("a token lives for less than no time", ISSUING, "max(0, expires_at - now)", "expires_at - now", ISSUING_TESTS),
    Mutant("the expired come in", USERS, " & (Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))", "", "accounts/tests/models/test_signing_in.py"),
    Mutant("a refresh of the expired is told as another thing", "accounts/services/refreshing.py", "if not session.user.may_come_in(session.read_at):", "if not session.user.is_active:", "accounts/tests/services/test_refreshing.py"),
    Mutant("who is signing in knows of no end", EXPIRY, "if ends_sessions else {}", "if False else {}", EXPIRY_TESTS),
    Mutant("tokens of before outlive the end", EXPIRY, "    if ends_sessions:\n", "    if False:\n", EXPIRY_TESTS),
    Mutant("a later end lets nobody in", EXPIRY, "origin=origin) if is_out else user", "origin=origin) if False else user", EXPIRY_TESTS),
    Mutant("a later end lifts every suspension", SUSPENSION, "filter(user=user, actor=name_of(EXPIRY))", "filter(user=user)", EXPIRY_TESTS),
    Mutant("reinstated though over", SUSPENSION, "    if user.has_expired(timezone.now()):\n        raise", "    if False:\n        raise", EXPIRY_TESTS),
    Mutant("let in though over", SUSPENSION, "    if user.has_expired(timezone.now()):\n        return", "    if False:\n        return", EXPIRY_TESTS),
    Mutant("the expired are not looked at again", EXPIRY, "User.objects.expired().filter(pk=user_id)", "User.objects.filter(pk=user_id)", EXPIRY_TESTS),
    Mutant("the suspended are suspended for their end", USERS, "filter(is_active=True, expires_at__lte=Now())", "filter(expires_at__lte=Now())", EXPIRY_TESTS),
    Mutant("an end that is over suspends nobody", EXPIRY, "return suspension.expire_locked(user, origin=origin) if user.is_active else user", "return user", EXPIRY_TESTS),
    Mutant("every end signs out", EXPIRY, "return new < timezone.now() + notices.refusal_window()", "return True", EXPIRY_TESTS),
    Mutant("a later end signs out", EXPIRY, "if new is None or (known is not None and known <= new):", "if new is None:", EXPIRY_TESTS),
    Mutant("a stale copy takes the end back", USERS, '"is_superuser", "expires_at", "deletion_requested_at"}', '"is_superuser", "deletion_requested_at"}', EXPIRY_TESTS),
    Mutant("explaining takes the expired for active", "accounts/services/explaining/flaws.py", "if not session.user.may_come_in(session.read_at):", "if not session.user.is_active:", "accounts/tests/services/test_explaining.py"),
    Mutant("the worker tells of no end", "accounts/management/commands/work.py", "            expiry.suspend_expired,\n", "", "accounts/tests/test_suspension_commands.py"),
    Mutant("the expired act on", "accounts/services/confirmation.py", "if not user.is_admitted:", "if not user.is_active:", "accounts/tests/services/test_authorisation.py"),
    Mutant("the expired are mailed codes", "accounts/services/codes.py", "return present.admitted().filter(email=mail.address)", "return present.filter(is_active=True, email=mail.address)", CODES_TESTS),
    Mutant("the expired use codes", "accounts/models/codes.py", "unchanged = holder.admitted()", "unchanged = holder.filter(is_active=True)", CODES_TESTS),
    Mutant("a deletion of the expired is put off", "accounts/services/deleting/delay.py", "present().admitted().filter(pk=user_id, password=checked_hash)", "present().filter(is_active=True, pk=user_id, password=checked_hash)", EXPIRY_TESTS),
    Mutant("the expired change their password", "accounts/services/password_change.py", "User.objects.admitted().filter", "User.objects.filter", "accounts/tests/services/test_password_change.py"),
    Mutant("an end without an offset", "accounts/management/moments.py", "if moment is not None and is_aware(moment):", "if moment is not None:", "accounts/tests/test_expire_user.py"),
)  # fmt: skip
