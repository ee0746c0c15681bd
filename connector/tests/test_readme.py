"""The README names all that there is, and nothing else; its code runs."""

import dataclasses
import inspect
import json
import re
from pathlib import Path
from typing import Any

import authservice_connector
from authservice_connector import checks, conf, rest_framework, signals, testing
from authservice_connector.claims import VerifiedClaims
from authservice_connector.conf import KNOWN, ConnectorSettings
from authservice_connector.management.commands.authservice_sync import Command as Sync
from authservice_connector.models import RemoteUser
from authservice_connector.testing import OfflineIssuer
from django.core.management.base import CommandParser
from django.utils.module_loading import import_string
from pytest_django import Settings

from tests.pages import README, RECIPES, ROOT, names, rows, run, sections

PAGE = README.read_text(encoding="utf-8")
SECTIONS = sections(README)
COMMANDS = Path(authservice_connector.__file__).parent / "management" / "commands"
DEFAULTS = {
    "AUDIENCE": "audience",
    "LEEWAY": "leeway_seconds",
    "MAX_STALENESS": "max_staleness_seconds",
    "MAX_USER_AGE": "max_user_age_seconds",
    "PROFILE": "profile",
    "MIRROR": "mirrored_by",
    "ON_DELETION": "on_deletion",
}


def test_it_is_short() -> None:
    assert len(PAGE.splitlines()) <= 220


def test_every_setting_has_its_line_with_its_default(settings: Settings) -> None:
    settings.AUTHSERVICE = {}
    table, _, _ = SECTIONS["Settings"].partition("`manage.py check`")
    told = {name: cells[1] for cells in rows(table) for name in names(cells[0])}
    assert set(told) == KNOWN
    has_none = {name for name, default in told.items() if default in {"–", "the URL"}}
    assert has_none == {"URL", "ISSUER", "CLIENT_ID", "CLIENT_SECRET"}
    assert {name: value_of(told[name]) for name in KNOWN - has_none} == {
        name: getattr(ConnectorSettings(), property_name) for name, property_name in DEFAULTS.items()
    }


def test_every_check_has_its_line() -> None:
    given = re.findall(r'"authservice_connector\.([EW]\d{3})"', inspect.getsource(checks))
    _, _, table = SECTIONS["Settings"].partition("`manage.py check`")
    assert sorted(name for cells in rows(table) for name in names(cells[0])) == sorted(given)


def test_the_bounds_that_it_tells_are_those_that_are_checked() -> None:
    bounds = (
        f"`MAX_STALENESS` is not {conf.SHORTEST_STALENESS_SECONDS} to {conf.LONGEST_STALENESS_SECONDS},"
        f" `LEEWAY` not 0 to {conf.LONGEST_LEEWAY_SECONDS},"
        f" or `MAX_USER_AGE` not 0 to {conf.LONGEST_USER_AGE_SECONDS}"
    )
    assert bounds in PAGE


def test_every_command_has_its_line_with_its_options() -> None:
    there = {path.stem for path in COMMANDS.glob("*.py")} - {"__init__"}
    assert {cells[0].strip("`").split()[0] for cells in rows(SECTIONS["Commands"])} == there
    parser = CommandParser()
    Sync().add_arguments(parser)
    options = {name for action in parser._actions for name in action.option_strings} - {"-h", "--help"}
    assert options == set(re.findall(r"--[a-z][a-z-]+", SECTIONS["Commands"]))


def test_every_fixture_has_its_line() -> None:
    defined = {name for name, value in vars(testing).items() if "Fixture" in type(value).__name__}
    public = {name for name in defined if not name.startswith("_")}
    assert {name for cells in rows(SECTIONS["Tests of your own"]) for name in names(cells[0])} == public


def test_what_the_offline_issuer_does_is_there() -> None:
    (told,) = (cells[1] for cells in rows(SECTIONS["Tests of your own"]) if cells[0] == "`auth_issuer`")
    assert all(callable(getattr(OfflineIssuer, name)) for name in names(told)[0].split())


def test_every_signal_is_told_of() -> None:
    assert set(signals.__all__) == set(re.findall(r"`(user_(?:\w+))`", SECTIONS["The mirror"]))


def test_what_a_caller_and_a_mirrored_user_have_is_there() -> None:
    (told,) = re.findall(r"`VerifiedClaims`: `([^`]+)`", PAGE)
    assert {*told.split(), "issuer", "payload"} == {field.name for field in dataclasses.fields(VerifiedClaims)}
    (told,) = re.findall(r"a `RemoteUser`: `([^`]+)`", PAGE)
    assert set(told.split()) <= {field.name for field in RemoteUser._meta.get_fields()}


def test_every_path_of_a_name_leads_somewhere() -> None:
    paths = set(re.findall(r"authservice_connector(?:\.\w+)+", PAGE))
    assert len(paths) >= 4
    for path in paths:
        import_string(path) if path.count(".") > 1 else __import__(path)
    assert set(rest_framework.__all__) <= set(re.findall(r"\w+", PAGE))


def test_the_ten_lines_are_all_that_it_takes(settings: Settings) -> None:
    first, second = SECTIONS["Ten lines"].split("```sh")
    made = run(first, INSTALLED_APPS=[])
    assert made["INSTALLED_APPS"] == ["authservice_connector"]
    settings.AUTHSERVICE = made["AUTHSERVICE"]
    assert [message.id for message in checks.check_settings(None)] == ["authservice_connector.W001"]
    settings.AUTHSERVICE = run(second, **made)["AUTHSERVICE"]
    assert checks.check_settings(None) == []


def test_it_is_read_without_the_repository_too() -> None:
    """By a package index, where a link into the house leads nowhere; what it names is there all the same."""
    assert not re.findall(r"\]\((?!https://)", PAGE)
    pages = re.findall(r"`(docs/[^`]+)`", PAGE)
    assert len(pages) == 2
    assert all((ROOT / each).exists() for each in pages)


def test_every_recipe_is_run() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (Path(__file__).parent / "recipes").glob("test_*.py")]
    assert all(any(f'run(sections(RECIPES)["{heading}"])' in text for text in texts) for heading in sections(RECIPES))


def value_of(cell: str) -> Any:
    try:
        return json.loads(cell.strip("`"))
    except ValueError:
        return cell.strip("`")
