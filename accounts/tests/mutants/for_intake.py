"""What is broken in how people and their data come in and go out: import, export, and how good a password is."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

IMPORTING: Final = "accounts/services/importing/importing.py"
HASHES: Final = "accounts/services/importing/hashes.py"
LINES: Final = "accounts/services/importing/lines.py"
EXPORTING: Final = "accounts/services/exporting.py"
GUESSING: Final = "accounts/guessing.py"
BREACHES: Final = "accounts/breaches.py"
IMPORT_TESTS: Final = "accounts/tests/services/test_importing.py accounts/tests/test_import_users.py"
HASHES_TESTS: Final = "accounts/tests/services/test_import_hashes.py"
EXPORT_TESTS: Final = "accounts/tests/rest/test_export.py"
GUESSING_TESTS: Final = "accounts/tests/test_guessing.py accounts/tests/test_passwords.py"
BREACHES_TESTS: Final = "accounts/tests/test_breaches.py"

FOR_INTAKE: Final = (
    Mutant("hashes at any cost of PBKDF2", HASHES, "iterations <= MAX_PBKDF2_ITERATIONS", "True", HASHES_TESTS),
    Mutant("hashes at any cost of bcrypt", HASHES, "rounds <= MAX_BCRYPT_ROUNDS", "rounds", HASHES_TESTS),
    Mutant("hashes at any work of scrypt", HASHES, "n * r * p <= MAX_SCRYPT_WORK and ", "", HASHES_TESTS),
    Mutant("scrypt that OpenSSL refuses", HASHES, "128 * r * (n + p + 2) <= MAX_SCRYPT_BYTES", "True", HASHES_TESTS),
    Mutant("hashes at any memory of Argon2", HASHES, "8 * p <= m <= MAX_ARGON2_KIB", "8 * p <= m", HASHES_TESTS),
    Mutant("hashes at any work of Argon2", HASHES, " and m * t <= MAX_ARGON2_WORK", "", HASHES_TESTS),
    Mutant("half bytes of Base64", HASHES, "if found is None or not _is_whole_base64(found):", "if found is None:", HASHES_TESTS),
    Mutant("a hash that only begins well", HASHES, "kind.form.fullmatch(encoded)", "kind.form.match(encoded)", HASHES_TESTS),
    Mutant("bcrypt beyond 72 bytes", "accounts/passwords.py", "password.encode()[:BCRYPT_BYTES]", "password.encode()", HASHES_TESTS),
    Mutant("duplicate addresses in a file", IMPORTING, "            _require_first(person, seen)\n", "", IMPORT_TESTS),
    Mutant("addresses remembered as typed", IMPORTING, 'f"email:{person.user.email}"', 'f"email:{person.line}"', IMPORT_TESTS),
    Mutant("whoever is there already is made again", IMPORTING, "elif person.user.email not in known:", "else:", IMPORT_TESTS),
    Mutant("another id for a known address", IMPORTING, "    if there is not None:\n", "    if False:\n", IMPORT_TESTS),
    Mutant("somebody else's id", IMPORTING, "    if user_id in taken:\n", "    if False:\n", IMPORT_TESTS),
    Mutant("the deleted come back by their id", IMPORTING, "    if user_id in deleted:\n", "    if False:\n", IMPORT_TESTS),
    Mutant("imported without a suspension", IMPORTING, "for user in new if not user.is_active)", "for user in new if False)", IMPORT_TESTS),
    Mutant("imported without an event", IMPORTING, "    if new:\n        audit", "    if False:\n        audit", IMPORT_TESTS),
    Mutant("a batch gives up when somebody registers", IMPORTING, "ATTEMPTS: Final = 3", "ATTEMPTS: Final = 1", IMPORT_TESTS),
    Mutant("members nobody knows are dropped", LINES, "    if problems:\n        raise InvalidInput(problems)\n    said", "    said", IMPORT_TESTS),
    Mutant("what a member is called is told", LINES, 'name if NAME.fullmatch(name) else "?"', "name", IMPORT_TESTS),
    Mutant("a member there twice", LINES, "if len(members) < len(pairs):", "if False:", IMPORT_TESTS),
    Mutant("a line of any length", LINES, "            is_whole = False\n", "            text += rest\n", IMPORT_TESTS),
    Mutant("deep nesting ends the import", LINES, "except (ValueError, RecursionError):", "except ValueError:", IMPORT_TESTS),
    Mutant("numbers as text", LINES, '        if not isinstance(value, str):\n            raise ValidationError("This is text."', '        if value is None:\n            raise ValidationError("This is text."', IMPORT_TESTS),
    Mutant("refused lines do not show in the status", "accounts/management/commands/import_users.py", "returncode=REFUSED", "returncode=0", IMPORT_TESTS),
    Mutant("the export tells from where staff came", EXPORTING, 'if row["by"] not in {"self", "nobody"}:', "if False:", EXPORT_TESTS),
    Mutant("the export tells upon whom staff acted", EXPORTING, 'return "self" if name == str(user.pk) else "somebody_else"', 'return "self" if name == str(user.pk) else name', EXPORT_TESTS),
    Mutant("the export has others' events", EXPORTING, "AuditEvent.objects.filter(Q(subject=user.pk) | Q(actor=str(user.pk)))", "AuditEvent.objects.all()", EXPORT_TESTS),
    Mutant("the export ends with the first page", EXPORTING, "if len(page) == PAGE else rows.none()", "if len(page) > PAGE else rows.none()", EXPORT_TESTS),
    Mutant("the export is for the suspended, too", EXPORTING, "    user = confirmation.get_present(actor)\n", "    user = User.objects.get(pk=actor.user_id)\n", EXPORT_TESTS),
    Mutant("separators make a password good", GUESSING, "dict.fromkeys((password, plain))", "dict.fromkeys((password,))", GUESSING_TESTS),
    Mutant("phrases that everybody knows", GUESSING, "known = [*KNOWN, *_parts(context)]", "known = [*_parts(context)]", GUESSING_TESTS),
    Mutant("one's own data in parts", GUESSING, "known = [*KNOWN, *_parts(context)]", "known = [*KNOWN, *context]", GUESSING_TESTS),
    Mutant("the best form of a password counts", GUESSING, "    return min(\n", "    return max(\n", GUESSING_TESTS),
    Mutant("all of a password is judged", GUESSING, "judged = password[:JUDGED_LENGTH]", "judged = password", GUESSING_TESTS),
    Mutant("the example is taken", GUESSING, "if plain == _plain(EXAMPLE):", "if False:", GUESSING_TESTS),
    Mutant("six digits of the digest leave", BREACHES, "PREFIX_LENGTH: Final = 5", "PREFIX_LENGTH: Final = 6", BREACHES_TESTS),
    Mutant("no padding is asked for", BREACHES, '"Add-Padding": "true", ', "", BREACHES_TESTS),
    Mutant("padding counts", BREACHES, " and int(count) > 0", "", BREACHES_TESTS),
    Mutant("the check follows redirects", BREACHES, "build_opener(_Unredirected())", "build_opener()", BREACHES_TESTS),
    Mutant("the check has no bound as a whole", BREACHES, "asked.result(SECONDS)", "asked.result()", BREACHES_TESTS),
    Mutant("drops are waited for", BREACHES, "clock.now() > until or ", "", BREACHES_TESTS),
    Mutant("as many askers as there are questions", BREACHES, "if len(_waiting) >= AT_ONCE:", "if False:", BREACHES_TESTS),
    Mutant("the check fails closed", BREACHES, '        metrics.BREACH_CHECKS.labels("failed").inc()\n        return False', '        metrics.BREACH_CHECKS.labels("failed").inc()\n        return True', BREACHES_TESTS),
    Mutant("stolen passwords are taken", "accounts/passwords.py", "if problem is None and breaches.is_known(password):", "if False:", BREACHES_TESTS),
    Mutant("any page is an answer about breaches", "accounts/breaches.py", "if not all(LINE.fullmatch(line) for line in lines):", "if lines and not lines:", "accounts/tests/test_breaches.py"),
    Mutant("two hashes for every wrong password", "accounts/passwords.py", "if outdated and not matches and raw != normal:", "if not matches and raw != normal:", "accounts/tests/test_passwords.py"),
    Mutant("two hashes for every foreign hash", "accounts/passwords.py", "if outdated and not matches and raw != normal:", "if outdated and not matches:", "accounts/tests/test_passwords.py"),
    Mutant("foreign passwords are normalised alone", "accounts/passwords.py", "if outdated and not matches and raw != normal:", "if outdated and not matches and not raw:", "accounts/tests/test_passwords.py"),
    Mutant("a password is measured as typed", "accounts/rest/serializers/fields.py", "super().run_validators(passwords.normalise(value))", "super().run_validators(str(value))", "accounts/tests/parity/test_typed_passwords.py"),
    Mutant("GraphQL hands on the normalised password", "accounts/services/fields.py", "    _passed(passwords.normalise(_present(value)), [limit", "    value = _passed(passwords.normalise(_present(value)), [limit", "accounts/tests/parity/test_typed_passwords.py"),
    Mutant("a batch is no transaction", "accounts/services/importing/importing.py", "@transactional\ndef _store_new", "def _store_new", "accounts/tests/races/test_import.py"),
    Mutant("codes survive a restore", "accounts/services/invalidation.py", "    _end_codes()\n", "", "accounts/tests/services/test_housekeeping.py"),
    Mutant("a restore keeps from saying no", "accounts/services/invalidation.py", ".exclude(purpose=MailKind.CANCEL_DELETION)", "", "accounts/tests/services/test_housekeeping.py"),
    Mutant("Argon2 of any lanes", HASHES, "p <= MAX_ARGON2_LANES and ", "", HASHES_TESTS),
    Mutant("the export tells what staff did to others", EXPORTING, 'row |= {"session": None, "data": {}}', "pass", EXPORT_TESTS),
    Mutant("a fork waits for its parent's askers", BREACHES, "    _waiting.clear()", "    pass", BREACHES_TESTS),
    Mutant("a password in the range URL", "authservice/env.py", 'if "@" in raw:', "if False:", "authservice/tests/test_env.py"),
    Mutant("embedded mode is warned of its log", "accounts/checks.py", 'getattr(settings, "EMBEDDED", False) or ', "", "accounts/tests/test_checks.py"),
)  # fmt: skip
