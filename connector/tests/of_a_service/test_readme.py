"""The test that the README shows, as it stands there but for the path."""

import pytest

from tests.pages import PYTHON, README, sections

pytestmark = pytest.mark.django_db

(_block,) = PYTHON.findall(sections(README)["Tests of your own"])
assert _block.count('"/orders"') == 3
exec(_block.replace('"/orders"', '"/grouped"'), globals())
