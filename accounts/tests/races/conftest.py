"""What the long ones among these tests need."""

import faulthandler

import pytest


@pytest.fixture
def unhurried() -> None:
    """For tests that may outlast `faulthandler_timeout`: its look into threads that run can end the interpreter.

    Their own `timeout` marker bounds them.
    """
    faulthandler.cancel_dump_traceback_later()
