"""What is broken in the figures, the overview, and the admin's rooms of operation."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

COUNTERS: Final = "accounts/services/figures/counters.py"
KEEPING: Final = "accounts/services/figures/keeping.py"
CHARTS: Final = "accounts/services/figures/charts.py"
ROLLUPS: Final = "accounts/models/rollups.py"
PROGRESS: Final = "accounts/services/deleting/progress.py"
COUNTING: Final = "accounts/services/counting.py"
KEY_ROTATION: Final = "accounts/services/signing_keys/key_rotation.py"
KEY_LISTING: Final = "accounts/services/signing_keys/key_listing.py"
WAITING: Final = "accounts/services/waiting_mails.py"
POLICY: Final = "accounts/policy.py"
KEYSET: Final = "accounts/admin/keyset.py"
KEYS: Final = "accounts/admin/operation/keys.py"
OVERVIEW: Final = "accounts/admin/overview/page.py"
FIGURES: Final = "accounts/tests/services/test_figures.py"
OPERATION: Final = "accounts/tests/admin/test_operation.py"
SHOWN: Final = "accounts/tests/admin/test_overview.py"

FOR_FIGURES: Final = (
    Mutant("two workers count one directory", COUNTERS, "or not self._holds(directory):", "or not directory:", FIGURES),
    Mutant("failures are sign-ins", COUNTERS, "(Outcome.FAILURE, Figure.SIGN_IN_FAILURES)", "(Outcome.FAILURE, Figure.SIGN_INS)", FIGURES),
    Mutant("refused refreshes are refreshes", COUNTERS, "return Figure.REFRESHES if key == RENEWED else", "return Figure.REFRESHES if name == RENEWED[0] else", FIGURES),
    Mutant("what was there before is counted", KEEPING, "if counted is not None and self._counted is not None:", "if counted is not None:\n            self._counted = self._counted or dict.fromkeys(counted, 0)", FIGURES),
    Mutant("a counter that began anew counts back", KEEPING, "count - before[figure] if count >= before[figure] else count", "count - before[figure]", FIGURES),
    Mutant("what was not written is lost", KEEPING, "        Rollup.objects.add(counts)\n        self._minute, self._counted = minute, counted\n", "        self._minute, self._counted = minute, counted\n        Rollup.objects.add(counts)\n", FIGURES),
    Mutant("it is written at every round", KEEPING, "        if minute == self._minute:\n", "        if minute is None:\n", FIGURES),
    Mutant("minutes are kept for ever", KEEPING, "Span.MINUTE: 2 * 24 * 60", "Span.MINUTE: 2 * 24 * 60 * 60", FIGURES),
    Mutant("hours go with the minutes", KEEPING, "Span.HOUR: 31 * 24 * 60", "Span.HOUR: 2 * 24 * 60", FIGURES),
    Mutant("the last worker's count stands", ROLLUPS, "SET count = accounts_rollup.count + excluded.count", "SET count = excluded.count", FIGURES),
    Mutant("hours are single minutes", ROLLUPS, "minute - minute % span", "minute", FIGURES),
    Mutant("nought and unknown are one", CHARTS, "sums[Figure.READINGS].get(place, 0) > 0", "True", FIGURES),
    Mutant("a step under way counts whole", CHARTS, "min(step, now - place * step)", "step", FIGURES),
    Mutant("sessions are counted per step", CHARTS, "* life / minutes", "* step / minutes", FIGURES),
    Mutant("a long life is looked at through one step", CHARTS, "width = max(1, -(-int(life) // step))", "width = 1", FIGURES),
    Mutant("anybody reads the day", CHARTS, '    authorisation.require(Action.READ_FIGURES, actor=actor)\n    return _series(Span.MINUTE', "    return _series(Span.MINUTE", FIGURES),
    Mutant("services rotate keys", POLICY, "    **dict.fromkeys(FOR_PEOPLE, ()),\n", "", "accounts/tests/test_policy.py"),
    Mutant("users:admin is worth the keys", POLICY, "{PERMISSIONS[action] for action in Action if SCOPES[action]}", "{*PERMISSIONS.values()}", "accounts/tests/test_policy.py"),
    Mutant("no scope, no objection", POLICY, "    if action in FOR_PEOPLE:\n        return", "    if action in ():\n        return", "accounts/tests/test_policy.py"),
    Mutant("anybody rotates keys", KEY_ROTATION, "    authorisation.require(Action.ROTATE_KEYS, actor=actor)\n", "", OPERATION),
    Mutant("anybody withdraws keys", KEY_ROTATION, "    authorisation.require(Action.WITHDRAW_KEY, actor=actor)\n", "", OPERATION),
    Mutant("who rotates may withdraw", POLICY, 'Action.WITHDRAW_KEY: "accounts.delete_signingkey"', 'Action.WITHDRAW_KEY: "accounts.change_signingkey"', OPERATION),
    Mutant("who sees keys rotates them", POLICY, 'Action.ROTATE_KEYS: "accounts.change_signingkey"', 'Action.ROTATE_KEYS: "accounts.view_signingkey"', OPERATION),
    Mutant("rotations come from nowhere", KEY_ROTATION, "actor=actor, origin=origin, kid=kid, purpose=str(found.purpose)", "actor=actor, origin=NOWHERE, kid=kid, purpose=str(found.purpose)", OPERATION),
    Mutant("a withdrawal needs no confirmation", KEYS, "        if typed != self._shown:", "        if typed == self._shown + typed:", OPERATION),
    Mutant("seeds of codes are read", WAITING, '.defer("seed")', "", OPERATION),
    Mutant("anybody reads who is mailed", WAITING, "    authorisation.require(Action.READ_MAILS, actor=actor)\n", "", OPERATION),
    Mutant("pages overlap", KEYSET, "found[ROWS - 1], columns", "found[ROWS - 2], columns", OPERATION),
    Mutant("any cursor goes", KEYSET, "    value = field.clean(text, None)\n", "    value = field.to_python(text)\n", OPERATION),
    Mutant("everything is counted", COUNTING, "list(times[: MOST + 1])", "list(times)", SHOWN),
    Mutant("retired consumers are behind", PROGRESS, "DeletionConsumer.objects.filter(retired_at__isnull=True)", "DeletionConsumer.objects", OPERATION),
    Mutant("staff see every part", OVERVIEW, "        if doorway.may(request, action):\n", "        if doorway.find_entrant(request):\n", SHOWN),
    Mutant("a worker that is away is not missed", OVERVIEW, "> QUIET_SECONDS", "> 10 * QUIET_SECONDS", SHOWN),
)  # fmt: skip
