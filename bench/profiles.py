"""Where the microseconds of a request go: `python -m bench.profiles login`, in process, on PostgreSQL."""

import argparse
import secrets
import sys
from collections.abc import Sequence

from accounts.tests.support import children, environment
from bench import ground
from bench.contest import Project

ROUTES = ("verify", "user", "login", "refresh", "client_credentials", "graphql")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.profiles", description=__doc__)
    parser.add_argument("routes", nargs="*", default=ROUTES, metavar="ROUTE", help=f"of {', '.join(ROUTES)}")
    parser.add_argument("--requests", type=int, default=2000, help="of each measurement; of login a tenth")
    parser.add_argument("--fastlane", choices=("on", "off"), default="on")
    parser.add_argument("--functions", type=int, default=0, help="name so many of each route, too")
    options = parser.parse_args(arguments)
    if unknown := set(options.routes) - set(ROUTES):
        parser.error(f"there is no route {', '.join(sorted(unknown))}")
    print(profile(options))
    return 0


def profile(options: argparse.Namespace) -> str:
    """What `bench.profiled` says, over a database of its own."""
    environment.clear()
    try:
        directory, cluster = environment.session_directory(), environment.postgresql()
        cluster.start()
        cluster.create_database(Project.AUTHSERVICE)
        env = {
            "DJANGO_SETTINGS_MODULE": "authservice.settings",
            "DATABASE_URL": cluster.url(Project.AUTHSERVICE),
            "AUTHSERVICE_VAR": str(directory),
            "SECRET_KEY": secrets.token_hex(32),
            "ALLOWED_HOSTS": "127.0.0.1",
            "AUTH_ISSUER": "https://auth.example.com",
            "AUTH_ACCESS_LIFETIME": "3600",
            "AUTH_MAX_CONCURRENT_HASHES": "1",
            "AUTH_FASTLANE": options.fastlane,
            "PROMETHEUS_MULTIPROC_DIR": str(directory),
        }
        ground.manage(Project.AUTHSERVICE, ["migrate", "--verbosity=0"], env)
        what = f"{list(options.routes)!r}, requests={options.requests}, functions={options.functions}"
        script = f"from bench import profiled; profiled.tell({what})"
        return ground.manage(Project.AUTHSERVICE, ["shell", "--no-imports", "-c", script], env)
    finally:
        children.stop_all()
        environment.remove_session_directory()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
