"""One line an event, in either form, with no secret in it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from authservice import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Logging as it was before the test."""
    root, configuration = logging.getLogger(), structlog.get_config()
    level, handlers = root.level, root.handlers[:]
    yield
    structlog.configure(**configuration)
    root.setLevel(level)
    root.handlers[:] = handlers


def fail_with(secret: str) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger("accounts.test").exception("failed", number=len(secret))


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="INFO", as_json=True)
    structlog.get_logger("accounts.test").info("event", value="two\nlines \x1b[31m")
    logging.getLogger("elsewhere").warning("from %s", "elsewhere")
    own, foreign = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (own["event"], own["value"], own["level"], own["logger"]) == (
        "event", "two\nlines \x1b[31m", "info", "accounts.test",
    )  # fmt: skip
    assert own["timestamp"].endswith("Z")
    assert (foreign["event"], foreign["level"], foreign["logger"]) == ("from elsewhere", "warning", "elsewhere")


def test_a_console_line_is_for_people_and_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="INFO", as_json=False)
    structlog.get_logger("accounts.test").info("event", value="two\nlines")
    (line,) = capsys.readouterr().err.splitlines()
    assert "event" in line
    assert "two\\nlines" in line


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_shows_no_local_variables(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    logs.configure(level="INFO", as_json=as_json)
    fail_with("hunter" + "2")
    text = capsys.readouterr().err
    assert "broken" in text
    assert "fail_with" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(("level", "lines"), [("DEBUG", 2), ("INFO", 1), ("WARNING", 0)])
def test_the_level_is_a_threshold(capsys: pytest.CaptureFixture[str], level: str, lines: int) -> None:
    logs.configure(level=level, as_json=True)
    structlog.get_logger("accounts.test").debug("small")
    structlog.get_logger("accounts.test").info("large")
    assert len(capsys.readouterr().err.splitlines()) == lines


@pytest.mark.parametrize("level", ["WARNING", "CRITICAL"])
def test_the_audit_is_told_whatever_the_level(capsys: pytest.CaptureFixture[str], level: str) -> None:
    logs.configure(level=level, as_json=True)
    structlog.get_logger("accounts.audit").info("audit_sealed", head="1:ab")
    assert json.loads(capsys.readouterr().err)["head"] == "1:ab"


def test_what_is_bound_to_the_request_is_in_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="INFO", as_json=True)
    with structlog.contextvars.bound_contextvars(request_id="request-1"):
        structlog.get_logger("accounts.test").info("event")
    assert json.loads(capsys.readouterr().err)["request_id"] == "request-1"


@pytest.mark.parametrize("as_json", [True, False])
def test_standard_output_is_left_to_what_commands_answer(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    logs.configure(level="INFO", as_json=as_json)
    structlog.get_logger("accounts.test").info("event")
    logging.getLogger("elsewhere").warning("from elsewhere")
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 2)


@pytest.mark.parametrize("written", ["\x1b[2J", "a\nb", "a\r", "\x9b31m", "\u2028", "\x85"])
@pytest.mark.parametrize("as_json", [True, False])
def test_what_somebody_sent_breaks_no_line_and_tells_no_terminal_what_to_do(
    capsys: pytest.CaptureFixture[str], as_json: bool, written: str
) -> None:
    logs.configure(level="INFO", as_json=as_json)
    structlog.get_logger("accounts.test").info("request", path=written, more=[written], inner={"a": written})
    logging.getLogger("elsewhere").warning("from %s", written)
    said = capsys.readouterr().err
    assert said.count("\n") == 2
    assert all(line.isprintable() for line in said.split("\n"))
