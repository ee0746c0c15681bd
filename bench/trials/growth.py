"""What a request costs among a million users, beside what it costs among a thousand."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from accounts.tests.support import environment
from bench import ground, servers, table
from bench.contest import Project, Row, Work
from bench.gates import Finding, Gate
from bench.load import Tally
from bench.ratios import compare
from bench.rounds import Measuring
from bench.rows import ROWS
from bench.servers import Server

FEW: Final = 1_000
MANY: Final = 1_000_000
AT_MOST: Final = 1.2
WORKS: Final = ("verify", "cold", "refresh", "login")
LISTS: Final = {
    "a page of users": ("/users?limit=50", '"results":[{'),
    "a search of users": ("/users?limit=50&search=person7", '"email":"person7'),
    "active users": ("/users?limit=50&is_active=true", '"results":[{'),
    "staff": ("/users?limit=50&is_staff=true", '"is_staff":true'),
}
"""What administration looks for, and what the answers hold."""
PAGES: Final = {
    "the admin's list of users": ("/admin/accounts/user/", 'class="list"'),
    "a search in the admin": ("/admin/accounts/user/?search=person7", "person7"),
}
COLD: Final = 20_000
"""Sessions to be asked about by turns: twice as many as memory holds, so that none is there when its turn comes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A database of its own with so many users, and a server for it."""

    server: Server
    people: Path


def measure(measuring: Measuring) -> Finding:
    """In both the same number of people are asked about, spread over all."""
    with ExitStack() as stack:
        places = {users: _place(measuring, users, stack) for users in (FEW, MANY)}
        rows = [row for row in ROWS if row.name in WORKS] + _listings()
        found = {row.name: _rounds(measuring, row, places) for row in rows}
    plain = {
        row: {str(users): [asdict(t) for t in tallies] for users, tallies in of.items()} for row, of in found.items()
    }
    return Finding([_gate(row, found[row.name]) for row in rows], rounds=plain)


def _listings() -> list[Row]:
    works = {title: Work("GET", *asked, shows_token=True) for title, asked in LISTS.items()}
    works |= {title: Work("GET", *asked, shows_cookie=True) for title, asked in PAGES.items()}
    return [Row(title, title, work, (), ()) for title, work in works.items()]


def _place(measuring: Measuring, users: int, stack: ExitStack) -> Place:
    measuring.tell(f"{users:,} users")
    name, cluster = f"users_{users}", measuring.ground.cluster
    cluster.create_database(name)
    env = dict(measuring.ground.env) | {"DATABASE_URL": cluster.url(name)}
    people = environment.session_directory() / f"{name}.json"
    call = f"from bench.growing import grow; grow(pathlib.Path({str(people)!r}), {users}, asked={FEW}, cold={COLD})"
    ground.fill(Project.AUTHSERVICE, call, env)
    cluster.execute("VACUUM ANALYZE", database=name)
    return Place(stack.enter_context(servers.running(env, cores=[measuring.pins.server])), people)


def _rounds(measuring: Measuring, row: Row, places: Mapping[int, Place]) -> dict[int, list[Tally]]:
    measuring.tell(f"{row.title}, among {FEW:,} and {MANY:,} users")
    ours = row.contenders[0]
    found: dict[int, list[Tally]] = {users: [] for users in places}
    for number in range(measuring.rounds + 1):
        for users, place in places.items():
            tally = measuring.ask(place.server, ours, place.people, number, row.connections)
            if number:  # the first one warms up
                found[users].append(tally)
    return found


def _gate(row: Row, found: Mapping[int, Sequence[Tally]]) -> Gate:
    """The cost of a request is the time that it takes from the server, PostgreSQL and load generator together."""
    few, many = ([each.rate for each in found[users]] for users in (FEW, MANY))
    dearer = compare(row.title, str(MANY), ours=few, theirs=many)
    return Gate(
        f"growth: {row.title}, {MANY:,} users against {FEW:,}",
        f"≤ {AT_MOST:g} × the cost",
        f"{table.ratio(dearer.ratio)}: {table.number(dearer.theirs.median)} against "
        f"{table.number(dearer.ours.median)} a second",
        dearer.ratio.median <= AT_MOST,
    )
