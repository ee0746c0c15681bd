"""What the container files promise, as far as it shows without building; `deploy/try_image.py` builds and tries it."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final, cast

import pytest
import yaml
from django.core.management import get_commands

from accounts.tests.support.environment import CHECKOUT
from authservice import __version__, env

pytestmark = pytest.mark.sqlite  # no database is met: once is enough

FILES: Final = ["Dockerfile", ".dockerignore", "compose.yaml", "docs/requests.http"]
SCRIPT: Final = CHECKOUT / "deploy" / "build_image.sh"
HOST_NAME: Final = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:com|dev|io|net|org)\b")
NOT_OURS: Final = {"POSTGRES_PASSWORD"}  # only the database's own container and its URL have it


def instructions(name: str) -> list[str]:
    """The arguments of every such instruction of the Dockerfile, in their order."""
    text = re.sub(r"\\\n\s*", "", (CHECKOUT / "Dockerfile").read_text(encoding="utf-8"))
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)


def copied() -> list[str]:
    return [source for line in instructions("COPY") if "--from" not in line for source in line.split()[:-1]]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load((CHECKOUT / "compose.yaml").read_text(encoding="utf-8")))


def test_base_is_an_argument_with_an_official_slim_python_as_default() -> None:
    assert re.fullmatch(r"BASE=python:3\.\d+-slim", instructions("ARG")[0])
    assert instructions("FROM") == ["${BASE} AS build", "${BASE}"]


def test_version_is_the_projects() -> None:
    assert f"VERSION={__version__}" in instructions("ARG")
    assert 'org.opencontainers.image.version="${VERSION}"' in instructions("LABEL")[0]


def test_what_is_copied_exists_and_is_let_through() -> None:
    let_through = re.findall(r"^!(.*)$", (CHECKOUT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(copied()) == sorted(let_through)
    assert [source for source in copied() if not (CHECKOUT / source).exists()] == []


def test_it_runs_as_nobody_in_particular() -> None:
    user, group = instructions("USER")[-1].split(":")
    assert int(user) > 0
    assert int(group) > 0


def test_service_is_the_first_process_so_that_a_stop_reaches_it() -> None:
    assert json.loads(instructions("ENTRYPOINT")[0]) == ["python", "-m", "authservice", "--host", "0.0.0.0"]
    assert instructions("CMD") == []


def test_health_check_is_there() -> None:
    _, command = instructions("HEALTHCHECK")[0].split(" CMD ")
    assert json.loads(command) == ["python", "-m", "authservice.serving.health"]
    assert (CHECKOUT / "authservice" / "serving" / "health.py").exists()


def test_data_is_a_volume_where_the_service_keeps_it() -> None:
    (program,) = [line.split()[-1] for line in instructions("COPY") if line.startswith("manage.py")]
    assert instructions("VOLUME") == [f"{program}var"]


def test_no_host_name_is_written_down() -> None:
    paths = [CHECKOUT / name for name in FILES] + sorted((CHECKOUT / "deploy").glob("*.*"))
    named = {name for path in paths for name in HOST_NAME.findall(path.read_text(encoding="utf-8"))}
    assert named == {"example.com"}


def test_compose_has_two_instances_and_what_they_stand_on(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert sorted(services) == ["migrate", "one", "postgres", "two", "valkey", "worker"]
    waited_for = {name for service in services.values() for name in service.get("depends_on", {})}
    assert waited_for <= set(services)
    assert [name for name, service in services.items() if "build" in service] == ["migrate"]


def test_compose_runs_commands_that_exist(compose: dict[str, Any]) -> None:
    started = [service["entrypoint"] for service in compose["services"].values() if "entrypoint" in service]
    assert {tuple(command[:2]) for command in started} == {("python", "manage.py")}
    assert {command[2] for command in started} <= set(get_commands())


def test_compose_sets_and_asks_for_known_settings_only(compose: dict[str, Any]) -> None:
    known = set(env.ENV.names)
    ours = [service for service in compose["services"].values() if service["image"] == "authservice"]
    assert {name for service in ours for name in service["environment"]} <= known
    asked = re.findall(r"\$\{([A-Z_]+)(:\?)?", (CHECKOUT / "compose.yaml").read_text(encoding="utf-8"))
    assert {name for name, _ in asked} - known == NOT_OURS
    assert {name for name, required in asked if required} == {"SECRET_KEY", *NOT_OURS}
    assert "# POSTGRES_PASSWORD=" in (CHECKOUT / ".env.example").read_text(encoding="utf-8")


def build(path: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The build script, with the engines in `path` before all others."""
    environment = {"PATH": f"{path}:{os.environ['PATH']}"} | variables
    return subprocess.run(
        [SCRIPT, "--pull"], env=environment, capture_output=True, text=True, timeout=30, check=False, cwd=path
    )


def engine(path: Path, name: str, *, works: bool = True) -> None:
    (path / name).write_text(f'#!/bin/sh\necho "{name} $*"\nexit {0 if works else 1}\n')
    (path / name).chmod(0o755)


def test_missing_engine_is_one_sentence(tmp_path: Path) -> None:
    done = build(tmp_path, ENGINE="no-such-engine")
    assert done.returncode == 1
    assert done.stderr.startswith("No working no-such-engine is here to build the image with")
    assert done.stderr.count("\n") == 1


def test_docker_client_without_its_engine_is_passed_over(tmp_path: Path) -> None:
    engine(tmp_path, "docker", works=False)
    engine(tmp_path, "podman")
    done = build(tmp_path)
    wanted = f"podman build --build-arg VERSION={__version__} --tag authservice --format docker --pull .\n"
    assert done.stdout.endswith(wanted)


def test_docker_comes_first_and_keeps_its_own_format(tmp_path: Path) -> None:
    for name in ("docker", "podman"):
        engine(tmp_path, name)
    done = build(tmp_path)
    assert done.stdout.endswith(f"docker build --build-arg VERSION={__version__} --tag authservice --pull .\n")
