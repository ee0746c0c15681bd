"""Build the image with buildah and try its promises: `sudo python3 -m deploy.try_image [options of buildah build]`.

Nothing else that runs containers is needed (see `deploy.container`); Linux only, a few minutes at most.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from authservice import __version__
from deploy.calls import Client, HalfSentLogin, TrialError, expect
from deploy.container import Image, Running, files_of_the_image, free_port

BUILD_SCRIPT: Final = Path(__file__).with_name("build_image.sh")
BUILD_SECONDS: Final = 1200
START_SECONDS: Final = 90
STOP_SECONDS: Final = 45  # the service cuts off at 30
NOBODY: Final = "12345:54321"  # is in no /etc/passwd
TRY_TO_WRITE: Final = """
import sys
for directory in sys.argv[1:]:
    try:
        open(directory + "/tried", "w").close()
    except OSError:
        sys.exit(1)
"""


def main(build_options: list[str]) -> int:
    try:
        _demand_tools()
        command = ["env", "ENGINE=buildah", str(BUILD_SCRIPT), *build_options]
        subprocess.run(command, check=True, timeout=BUILD_SECONDS)
        with files_of_the_image() as root, tempfile.TemporaryDirectory(prefix="authservice-image-") as scratch:
            Path(scratch).chmod(0o711)
            _try(Image(root), Path(scratch))
    except (TrialError, subprocess.SubprocessError) as exc:
        print(f"FAILED {exc}", file=sys.stderr)
        return 1
    print("all passed")
    return 0


def _demand_tools() -> None:
    if os.geteuid():
        raise TrialError("only root can make namespaces and mounts; call it with sudo, or in `buildah unshare`")
    for tool in ("buildah", "unshare", "nsenter"):
        if not shutil.which(tool):
            raise TrialError(f"there is no `{tool}` here (Debian: apt-get install buildah util-linux)")


def _try(image: Image, scratch: Path) -> None:
    with _step("the image says what it is and how it runs"):
        _check_configuration(image)
    with _step("it holds nothing that only its making needed"):
        _check_contents(image)
    with _step("only the volume and the temporary directory can be written"):
        _check_writable(image, image.new_volume(scratch / "tried"))
    var, port = image.new_volume(scratch / "var"), free_port()
    doing = "signs a person in, reaps orphans, and finishes a request before it stops"
    with _step(f"as user {NOBODY} it {doing}"), _serving(image, var, NOBODY, port) as service:
        access = _use(image, service)
        _check_orphans(service)
        _check_drain(service)
    with (
        _step("another start on the same volume still believes the token"),
        _serving(image, var, NOBODY, port) as service,
    ):
        Client(service.port).verify(access)
    own, new_var = image.config["User"], image.new_volume(scratch / "own")
    with _step(f"as its own user {own} it signs a person in"), _serving(image, new_var, own, port) as service:
        _use(image, service)


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    except (TrialError, OSError, subprocess.TimeoutExpired) as exc:
        raise TrialError(f"{name}: {exc}") from exc
    print(f"ok     {name} ({time.monotonic() - began:.1f} s)", flush=True)


def _check_configuration(image: Image) -> None:
    expect(image.config["Entrypoint"][:3], ["python", "-m", "authservice"])
    expect(image.config["Healthcheck"]["Test"][0], "CMD")
    expect(image.config["Labels"]["org.opencontainers.image.version"], __version__)
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", image.config["User"]):
        raise TrialError(f"its user is {image.config['User']!r}: no number, or root's")


def _check_contents(image: Image) -> None:
    program, packages = image.root / "srv/authservice", image.root / "opt/authservice"
    expect(sorted(path.name for path in program.iterdir()), ["accounts", "authservice", "manage.py", "var"])
    expect(list((program / "var").iterdir()), [])
    expect([*program.rglob("tests"), *packages.glob("bin/pip*"), *packages.glob("lib/*/site-packages/pip*")], [])
    expect([path for name in ("gcc", "cc", "git") for path in image.root.glob(f"usr/bin/{name}")], [])
    sources = [path for place in (program / "accounts", packages / "lib") for path in place.rglob("*.py")]
    expect([path for path in sources if not list(path.parent.glob(f"__pycache__/{path.stem}.*.pyc"))], [])


def _check_writable(image: Image, var: Path) -> None:
    def can_write(directory: str, user: str) -> bool:
        return image.run(["python", "-c", TRY_TO_WRITE, directory], var=var, user=user) == 0

    expect(
        {directory: can_write(directory, NOBODY) for directory in (image.volume, "/tmp")},
        {image.volume: True, "/tmp": True},
    )
    for directory in ("/srv/authservice", "/opt/authservice", "/etc", "/"):
        expect((directory, can_write(directory, "0:0")), (directory, False))


@contextmanager
def _serving(image: Image, var: Path, user: str, port: int) -> Iterator[Running]:
    """It is stopped at the end, unless it was before, and must end well."""
    service = Running(image, var=var, user=user, port=port)
    try:
        _wait_until(lambda: service.has_ended or Client(service.port).answers(), START_SECONDS, "it never answered")
        yield service
        if not service.has_ended:
            service.send(signal.SIGTERM)
        expect(service.wait(STOP_SECONDS), 0)
    except BaseException:
        print(service.log(), file=sys.stderr)
        raise
    finally:
        service.kill()


def _use(image: Image, service: Running) -> str:
    client = Client(service.port)
    client.register()
    client.sign_in(host="localhost")
    check = image.config["Healthcheck"]["Test"][1:]
    for port, code in ((service.port, 0), (1, 1)):
        expect(image.run(check, var=service.var, user=NOBODY, port=port), code)
    return client.sign_in(host="authservice")


def _check_orphans(service: Running) -> None:
    service.leave_an_orphan()
    time.sleep(2)
    expect(service.zombies(), [])


def _check_drain(service: Running) -> None:
    login = HalfSentLogin(service.port)
    service.send(signal.SIGTERM)
    time.sleep(1)
    if service.has_ended:
        raise TrialError("it ended with a request in flight")
    login.finish()
    expect(service.wait(STOP_SECONDS), 0)


def _wait_until(is_so: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TrialError(otherwise)
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
