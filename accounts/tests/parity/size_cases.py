"""Ways to the refusal of a token that would be too large; `test_codes` imports them, so that they stand in `CASES`."""

from django.contrib.auth.models import Group

from accounts.tests.parity.cases import Stage, reaches
from accounts.tests.parity.doors import Door, Outcome


@reaches("token_too_large")
def somebody_is_in_too_many_groups(door: Door, stage: Stage) -> Outcome:
    names = [f"{number:03d}{'g' * 147}" for number in range(50)]
    stage.user.groups.set([Group.objects.get_or_create(name=name)[0] for name in names])
    return door.login(**stage.credentials)
