"""What the remote service stands on: a database of its own, and a service client at authservice."""

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from bench import ground
from bench.contest import Project
from bench.cores import Cores
from bench.ground import Ground
from bench.remote import process
from bench.remote.process import CONNECTOR, Remote


@contextmanager
def prepared(prepared: Ground, pins: Cores, *, is_wanted: bool) -> Iterator[Remote | None]:
    """None where no row is about it. Beside the load: the server that is asked keeps its core to itself."""
    if not is_wanted:
        yield None
        return
    env = _environment(prepared)
    prepared.cluster.create_database(Project.REMOTE)
    ground.manage(Project.REMOTE, ["migrate", "--verbosity=0"], env)
    with process.running(pins.load, env, prepared.people[Project.AUTHSERVICE]) as running:
        yield running


def _environment(prepared: Ground) -> dict[str, str]:
    scopes = ["--scope", "notices:read", "--scope", "users:read"]
    printed = ground.manage(Project.AUTHSERVICE, ["create_client", "bench", *scopes], prepared.env)
    client = dict(line.split("=", 1) for line in printed.splitlines() if line.startswith("CLIENT_"))
    signing_key = ground.signing_key()
    public = load_pem_private_key(signing_key.encode(), password=None).public_key()
    return {
        "DJANGO_SETTINGS_MODULE": "bench.remote.settings",
        "PYTHONPATH": str(CONNECTOR),
        "REMOTE_DATABASE_URL": prepared.cluster.url(Project.REMOTE),
        "REMOTE_AUTHSERVICE_URL": f"http://127.0.0.1:{prepared.servers[Project.AUTHSERVICE].port}",
        "REMOTE_CLIENT_ID": client["CLIENT_ID"],
        "REMOTE_CLIENT_SECRET": client["CLIENT_SECRET"],
        "REMOTE_SIGNING_KEY": signing_key,
        "REMOTE_VERIFYING_KEY": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "AUTH_ISSUER": prepared.env["AUTH_ISSUER"],
    }
