"""The list of mutants stays true to the code, between the runs of `make mutants`."""

import pytest

from accounts.tests.architecture.sources import ROOT
from accounts.tests.mutants.catalogue import MUTANTS
from accounts.tests.mutants.mutant import Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_has_exactly_one_place_and_tests_to_notice_it(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.old != mutant.new
    assert all((ROOT / tests).exists() for tests in mutant.tests.split())


def test_mutants_are_many_and_each_has_its_own_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20
