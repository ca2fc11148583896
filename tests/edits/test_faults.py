"""A few runs of every fault; `python -m tests.bench.faults --runs 500` does the many."""

import json
import os
import random
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from studio.backends.base import Purpose
from studio.backends.postgresql.editing import PostgreSQLEditing
from studio.backends.postgresql.engine import PostgreSQL
from studio.cli.main import main
from studio.db.url import parse
from studio.edits.applying import application
from studio.edits.applying.recovery import recovered
from studio.edits.journal.encoding import dumped_changes
from studio.model.apply_report import ApplyOutcome
from studio.model.change_set import ChangeSet
from tests.answering import answered
from tests.edits import faults, killed_screen
from tests.edits.faults import Place
from tests.postgres import Server

SEED = 20261121


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Place:
    place = Place(str(tmp_path / "f.db"), tmp_path, "sqlite")
    place.build()
    return place


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that may be killed: what it acknowledged must survive that."""
    server = Server()
    try:
        server.create()
        with (server.data / "postgresql.conf").open("a") as file:
            file.write("synchronous_commit = on\n")
        server.stop()
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def on_postgresql(own_server: Server, tmp_path: Path) -> Iterator[Place]:
    with own_server.database() as name:
        place = Place(own_server.url(name), tmp_path, "postgresql")
        place.build()
        yield place


@pytest.mark.parametrize("engine", ["on_sqlite", "on_postgresql"])
def test_killed_at_random_instants(engine: str, request: pytest.FixtureRequest) -> None:
    place: Place = request.getfixturevalue(engine)
    chance = random.Random(SEED)
    for run in range(10):
        place.count(faults.kill_at_random(place, chance, 0.5, screen=run % 2 == 0))
    assert sum(place.outcomes.values()) == 10


@pytest.mark.parametrize("engine", ["on_sqlite", "on_postgresql"])
def test_killed_in_the_transaction_and_at_commit(
    engine: str, request: pytest.FixtureRequest
) -> None:
    place: Place = request.getfixturevalue(engine)
    chance = random.Random(SEED)
    for run in range(8):
        place.count(faults.kill_near_commit(place, chance, (0.02, 0.004), screen=run % 2 == 0))
    assert not any(outcome.startswith("before it began") for outcome in place.outcomes)


@pytest.mark.parametrize("engine", ["on_sqlite", "on_postgresql"])
def test_the_screen_killed_while_it_applies(engine: str, request: pytest.FixtureRequest) -> None:
    place: Place = request.getfixturevalue(engine)
    killed_screen.build(place)
    chance = random.Random(SEED)
    for _ in range(3):
        place.count(killed_screen.kill_screen(place, chance, 0.08))
    assert sum(place.outcomes.values()) == 3


@pytest.mark.parametrize("engine", ["on_sqlite", "on_postgresql"])
def test_after_a_kill_the_screen_offers_what_did_not_happen(
    engine: str, request: pytest.FixtureRequest
) -> None:
    place: Place = request.getfixturevalue(engine)
    killed_screen.build(place)
    killed_screen.reset(place)
    with killed_screen.started(place) as terminal:
        killed_screen.stage(terminal)
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait_exit()
    with killed_screen.started(place) as terminal:
        terminal.wait_for("3 staged edits")
        answered(terminal, "t", "staged 3")
        terminal.press("w")
        terminal.wait_for("COMMIT;")
        answered(terminal, "enter", "applied: ")
    assert killed_screen.holds(place) is ApplyOutcome.APPLIED


def test_no_space_left_on_the_device(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with faults.small_disk(tmp_path / "disk", 2_000_000) as mounted:
        if not mounted:
            pytest.skip("this user may not mount a file system")
        place = Place(str(tmp_path / "disk" / "f.db"), tmp_path, "sqlite")
        place.build()
        for _ in range(12):
            place.count(faults.fill_disk(place, chance, 160_000))
    assert set(place.outcomes) == {"no space nothing", "no space applied"}


def test_a_full_disk(on_sqlite: Place) -> None:
    chance = random.Random(SEED)
    for _ in range(12):
        on_sqlite.count(faults.starve(on_sqlite, chance))
    assert set(on_sqlite.outcomes) == {"full nothing", "full applied"}


def test_a_connection_cut_around_commit(
    on_postgresql: Place, own_server: Server, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    with faults.short_folder(tmp_path) as folder:
        proxy = faults.Proxy(folder, own_server.folder)
        through = on_postgresql.target.replace(str(own_server.folder), str(folder))
        try:
            for where in (
                "before",
                "during",
                "after",
                *(chance.randrange(12_000) for _ in range(8)),
            ):
                on_postgresql.count(faults.cut(on_postgresql, proxy, through, where))
        finally:
            proxy.close()
    told = on_postgresql.outcomes
    assert (
        told["cut before nothing"] == told["cut during applied"] == told["cut after applied"] == 1
    )


def test_a_server_killed(on_postgresql: Place, own_server: Server) -> None:
    chance = random.Random(SEED)
    for _ in range(3):
        delay = chance.uniform(0, 0.05)
        on_postgresql.count(
            faults.stop_server(on_postgresql, own_server.stop, own_server.start, delay)
        )


def test_an_uncertain_commit_is_exit_3_and_is_settled_later(
    on_postgresql: Place,
    own_server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Nobody answers afterwards either: the patience of a person is not needed to see that.
    monkeypatch.setattr(application, "recovered", partial(recovered, patience_s=0.2))
    file = tmp_path / "set.json"
    file.write_text(dumped_changes(ChangeSet(faults.changes())))
    with faults.short_folder(tmp_path) as folder:
        proxy = faults.Proxy(folder, own_server.folder)
        proxy.cut, proxy.gone_after_cut = "during", True
        through = on_postgresql.target.replace(str(own_server.folder), str(folder))
        try:
            code = main(["apply", through, str(file), "--json"])
        finally:
            proxy.close()
    assert json.loads(capsys.readouterr().out)["outcome"] == "unknown"
    assert code == 3
    assert faults.settled_holds(on_postgresql) is ApplyOutcome.APPLIED
    assert main(["undo", on_postgresql.target, "--list", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["applied"]
    assert entry["outcome"] == "applied"


def test_an_id_the_server_lost_in_a_crash_is_nobodys_commit(
    on_postgresql: Place, own_server: Server
) -> None:
    rules = PostgreSQLEditing()
    engine = PostgreSQL().sync_engine(PostgreSQL().open(parse(on_postgresql.target)), Purpose.EDIT)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN READ WRITE")
        lost = rules.prepare(connection, defer=False)
        assert lost is not None
        assert rules.transaction_outcome(connection, lost) == "in progress"
        connection.exec_driver_sql("COMMIT")
        assert rules.transaction_outcome(connection, lost) == "committed"
    number, _, came_up = lost.partition("@")
    own_server.stop()
    own_server.start()
    ahead = f"{int(number) + 1_000_000}@{came_up}"
    with engine.connect() as connection:
        assert rules.transaction_outcome(connection, ahead) == "aborted"
        assert rules.transaction_outcome(connection, lost) in {None, "aborted"}
        connection.exec_driver_sql("BEGIN READ WRITE")
        ours = rules.prepare(connection, defer=False)
        assert ours is not None
        connection.exec_driver_sql("ROLLBACK")
        assert rules.transaction_outcome(connection, ours) == "aborted"
    engine.dispose()
