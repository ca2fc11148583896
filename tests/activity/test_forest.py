"""Who waits for whom: eight situations on a real server, and what no server shows at will."""

import asyncio

import pytest

from studio.activity.document import document
from studio.activity.forest import below, forest
from studio.activity.standing import standing
from studio.model.activity import Blocker, Moment, ServerSession, Wait
from tests.activity.conftest import look
from tests.activity.situations import SITUATIONS, Stage, Tree


def shape(node: dict, *, top: bool = True) -> tuple:
    if top:
        what = (node["state"], node["gid"]) if node["gid"] else (node["state"],)
    else:
        what = (node["lock"], node["mode"], node["on"], tuple(node["direct"]))
    waiting = sorted((shape(child, top=False) for child in node["waiting"]), key=str)
    return node["pid"], what, waiting


def expected(tree: Tree) -> tuple:
    return tree.pid, tree.what, sorted(map(expected, tree.waiting), key=str)


@pytest.fixture(scope="module")
def trees(locks):
    return [shape(tree) for tree in document(asyncio.run(look(locks[0])))["trees"]]


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_tree_of_a_situation(locks, trees, name):
    assert expected(locks[1][name]) in trees


def test_there_is_no_other_tree(trees):
    assert len(trees) == len(SITUATIONS)


async def test_what_is_said_beside_the_tree(locks):
    at = await look(locks[0])
    named = {
        node.session.application: node
        for tree in at.trees
        for node in (tree, *below(tree))
        if node.session is not None
    }
    assert named["ddl_queue:c"].is_queued
    assert not named["two_on_one:c"].is_queued
    assert named["chain:c"].wait.row == "(0,2)"
    assert named["partition_row:b"].wait.parent == "locks.event"
    assert named["chain:a"].session.may_have_written
    assert not named["vacuum:a"].session.may_have_written
    assert at.waiting == 12
    assert [p.gid for p in at.moment.prepared] == ["locks_prepared"]
    assert all(a.blocks >= b.blocks for a, b in zip(at.trees, at.trees[1:], strict=False))


async def test_a_circle_is_shown_as_one(on_stage: Stage):
    a, b, c = (on_stage.actor(f"circle:{who}") for who in "abc")
    for actor, row in ((a, 1), (b, 2)):
        actor.ask("SET deadlock_timeout = '60s'", "BEGIN")
        actor.ask(f"UPDATE locks.account SET v = 1 WHERE id = {row}")
    a.wait("UPDATE locks.account SET v = 1 WHERE id = 2")
    on_stage.blocked(a)
    b.wait("UPDATE locks.account SET v = 1 WHERE id = 1")
    on_stage.blocked(b)
    c.wait("ALTER TABLE locks.account ADD w int")
    on_stage.blocked(c)
    at = await look(on_stage.url)
    (tree,) = [tree for tree in at.trees if tree.pid in {a.pid, b.pid, c.pid}]
    assert tree.is_circle
    assert tree.pid in {a.pid, b.pid}
    assert {node.pid for node in below(tree)} == {a.pid, b.pid, c.pid}
    (again,) = [node for node in below(tree) if node.is_circle]
    assert again.pid == tree.pid
    assert again.children == ()


def wait(pid: int, *blockers: int, seconds: float = 1.0) -> Wait:
    return Wait(pid, "relation", "ShareLock", "t", tuple(map(Blocker, blockers)), waiting_s=seconds)


def moment(*waits: Wait) -> Moment:
    pids = {w.pid for w in waits} | {b.pid or 0 for w in waits for b in w.blockers}
    sessions = tuple(ServerSession(pid, state="active", query_s=9.0) for pid in sorted(pids))
    return Moment("18", "d", "r", "", True, False, 97, sessions, waits)


def test_one_behind_two_stands_under_each_with_its_own_only_once():
    trees = forest(moment(wait(3, 1, 2), wait(4, 3)))
    assert [tree.pid for tree in trees] == [1, 2]
    assert [node.pid for node in below(trees[0])] == [3, 4]
    (again,) = below(trees[1])
    assert (again.pid, again.is_above, again.children) == (3, True, ())


def test_the_top_of_what_hangs_on_a_circle_is_in_the_circle():
    (tree,) = forest(moment(wait(1, 2), wait(2, 3), wait(3, 2)))
    assert tree.pid in {2, 3}
    assert {node.pid for node in below(tree)} == {1, 2, 3}


def test_the_costliest_root_is_first_and_who_waits_longest_is_first_below_it():
    trees = forest(moment(wait(5, 1), wait(6, 2), wait(7, 2, seconds=3.0)))
    assert [tree.pid for tree in trees] == [2, 1]
    assert [node.pid for node in trees[0].children] == [7, 6]


def test_a_wait_without_a_time_has_that_of_its_statement():
    untimed = Wait(2, "relation", "ShareLock", "t", (Blocker(1),))
    (tree,) = forest(moment(untimed))
    assert tree.children[0].wait.waiting_s == 9.0


def test_who_stands_in_the_forest_is_not_listed_again():
    at = standing(moment(wait(2, 1)))
    assert not at.running
    assert (at.waiting, at.active) == (1, 0)
