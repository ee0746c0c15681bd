"""One line an event on standard error: JSON for machines, or a console's for people.

Not on standard output, which belongs to what a command answers: `TOKEN=$(manage.py issue_token)`.
"""

import logging.config
from typing import Any, Final

import structlog
from structlog.typing import EventDict

# Without local variables: among them are passwords, tokens and SQL parameters.
TRACEBACKS: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def configure(*, level: str, as_json: bool) -> None:
    """Bring structlog and the standard library's logging to the same lines. A value can't break a line in either."""
    _leave_out_what_no_line_has()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _for_machines() if as_json else _for_people()
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,  # a cached logger would keep the configuration of its first line
    )
    logging.config.dictConfig(_written_as(shared, last) | {"root": {"handlers": ["stderr"], "level": level}})


def _written_as(shared: list[Any], last: list[Any]) -> dict[str, Any]:
    """The standard library's part: what others say goes through `shared` first, then all alike through `last`."""
    line = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "line"}},
        # Our own line tells of every request; Django's would tell of each refusal once more. The audit is told whatever
        # the level: who keeps its heads checks the chain against them.
        "loggers": {"django.request": {"level": "ERROR"}, "accounts.audit": {"level": "INFO"}},
    }


def _for_machines() -> list[Any]:
    return [structlog.processors.ExceptionRenderer(TRACEBACKS), structlog.processors.JSONRenderer()]


def _for_people() -> list[Any]:
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return [_show_control_characters, plain]


def _show_control_characters(_logger: object, _method: str, event: EventDict) -> EventDict:
    """As they are written in Python: what somebody sent us breaks no line, and tells no terminal what to do."""
    return {name: _shown(value) if isinstance(value, str) else value for name, value in event.items()}


def _shown(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]


def _leave_out_what_no_line_has() -> None:
    """As the logging HOWTO has it under “Optimization”: otherwise each record looks up its thread, its process and the
    place in the code that it comes from.
    """
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 - the HOWTO's own word
