"""The program in a terminal, killed while it applies what a person staged by keyboard."""

import asyncio
import os
import random
import signal
import sys
import time

from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.undo import journal_of, recover
from studio.model.apply_report import ApplyOutcome
from tests.edits.faults import Broken, Place, until_clients_are_gone
from tests.terminal import Terminal

BEFORE = [(1, 1), (2, 1), (3, 1)]
AFTER_KEPT = [(1, 12), (2, 1)]
"""Of the rows there were; one is deleted, and a new one has a number the database chose."""


def build(place: Place) -> None:
    """A table whose new rows would be there twice, if they were applied twice."""
    number = "integer" if place.kind == "sqlite" else "serial"
    with place.connect() as connection:
        connection.execute(f"CREATE TABLE counted (id {number} PRIMARY KEY, n integer)")


def reset(place: Place) -> None:
    """BEFORE again."""
    with place.connect() as connection:
        connection.execute("DELETE FROM counted")
        for row in BEFORE:
            connection.execute("INSERT INTO counted VALUES ({}, {})".format(*row))
        if place.kind == "postgresql":
            connection.execute("SELECT setval('counted_id_seq', 3)")


def holds(place: Place) -> ApplyOutcome:
    """APPLIED or NOTHING; raises Broken for anything between, and for a set applied twice."""
    until_clients_are_gone(place)
    with place.connect() as connection:
        found = connection.execute("SELECT id, n FROM counted ORDER BY id").fetchall()
    if found == BEFORE:
        return ApplyOutcome.NOTHING
    if found[:-1] == AFTER_KEPT and found[-1][1] is None:
        return ApplyOutcome.APPLIED
    raise Broken(f"a partial set: {found}")


def started(place: Place) -> Terminal:
    """studio on that table."""
    command = [sys.executable, "-m", "studio", place.target, "--table", "counted"]
    return Terminal(command, columns=80, rows=24)


def stage(terminal: Terminal) -> None:
    """An update, a delete and a new row, key by key."""
    terminal.wait_for("row 1 of 3")
    terminal.press("right", "e")
    terminal.wait_for("stage")
    terminal.press("2", "enter")
    terminal.wait_for("staged 1")
    terminal.press("down", "down", "d")
    terminal.wait_for("staged 2")
    terminal.press("i")
    terminal.wait_for("staged 3")
    terminal.press("w")
    terminal.wait_for("COMMIT;")
    # A question takes its answer only once it was on the screen for a moment.
    terminal.settle(0.6)


def kill_screen(place: Place, chance: random.Random, longest_s: float) -> str:
    """kill -9 within `longest_s` after Enter in the review; what was found, for statistics."""
    reset(place)
    with started(place) as terminal:
        stage(terminal)
        terminal.press("enter", settle_s=0.0)
        time.sleep(chance.uniform(0, longest_s))
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait_exit()
    found = holds(place)
    reached = asyncio.run(_offered(place, found))
    return f"{reached}: {found.value}"


async def _offered(place: Place, found: ApplyOutcome) -> str:
    """What the next start would do: settle, then offer what did not happen, and nothing else."""
    session = await Session.open(parse(place.target))
    try:
        journal = await journal_of(session)
        begun = journal.entries()
        reached = "before it began" if not begun else "unsettled"
        if begun and begun[0].outcome is not None:
            reached = "after it ended"
        await recover(session, journal)
        entries = journal.entries()
        if entries and entries[0].outcome is not found:
            raise Broken(f"the journal says {entries[0].outcome}, found {found}")
        offered = [len(history.present) for _, history in journal.abandoned()]
        if offered != ([3] if found is ApplyOutcome.NOTHING else []):
            raise Broken(f"found {found}, and {offered} edits are offered")
    finally:
        await session.close()
    for file in journal.folder.glob("*"):
        file.unlink()
    return reached
