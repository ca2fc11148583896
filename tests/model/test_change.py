"""Change sets: edits of one row fold into one change, each step is taken back alone."""

import pytest

from studio.model.apply_report import RowConflict
from studio.model.catalog import TableRef
from studio.model.change import Delete, Insert, Update
from studio.model.change_set import ChangeSet, EditHistory

T = TableRef(None, "t")


def edit(row: int, column: str, was: object, now: object) -> Update:
    return Update(T, {"id": row}, {column: was}, {column: now})  # type: ignore[dict-item]


def test_edits_of_one_row_become_one_change_that_remembers_what_was_first_seen() -> None:
    staged = ChangeSet().staged(edit(1, "a", "x", "y"), edit(2, "a", 0, 1), edit(1, "a", "y", "z"))
    assert staged.changes == (edit(1, "a", "x", "z"), edit(2, "a", 0, 1))
    both = staged.staged(edit(1, "b", None, 5)).changes[0]
    assert (dict(both.before), dict(both.after)) == ({"a": "x", "b": None}, {"a": "z", "b": 5})


@pytest.mark.parametrize("value", [1, 1.0, True, "1", None])
def test_an_edit_back_to_what_was_seen_is_no_change(value: object) -> None:
    assert len(ChangeSet((edit(1, "a", value, "new"), edit(1, "a", "new", value)))) == 0


def test_another_storage_class_is_a_change() -> None:
    assert len(ChangeSet((edit(1, "a", 1, 2), edit(1, "a", 2, 1.0)))) == 1


def test_a_delete_over_an_edit_guards_what_the_database_held() -> None:
    (change,) = ChangeSet((edit(1, "a", "x", "y"), Delete(T, {"id": 1}, {"a": "y", "b": 2})))
    assert change == Delete(T, {"id": 1}, {"a": "x", "b": 2})


def test_two_equal_new_rows_are_two_and_each_can_be_edited_and_dropped() -> None:
    first, second = Insert(T, {"a": 1}), Insert(T, {"a": 1})
    staged = ChangeSet((first, second))
    assert len(staged) == 2
    edited = Insert(T, {"a": 2}, first.row)
    assert staged.staged(edited).changes == (edited, second)
    assert staged.without(first).changes == (second,)


def test_each_step_is_undone_and_done_again_alone() -> None:
    one, two, three = (edit(i, "a", 0, 1) for i in (1, 2, 3))
    history = EditHistory().staged(one).staged(two, three)
    assert history.undo().present == ChangeSet([one])
    assert history.undo().undo().undo().present == ChangeSet()
    assert history.undo().undo().redo().redo() == history
    assert history.undo().staged(three).redo().present == ChangeSet([one, three])


def test_a_conflict_says_what_moved() -> None:
    change = edit(1, "a", 1, 2)
    assert RowConflict(change, {"id": 1, "a": 1.0}).moved == ("a",)
    assert "a of t changed" in str(RowConflict(change, {"id": 1, "a": 7}))
    assert "gone" in str(RowConflict(change, None))


def test_a_change_keeps_its_own_copy_of_its_mappings() -> None:
    values: dict[str, object] = {"a": 1}
    change = Insert(T, values)  # type: ignore[arg-type]
    values["a"] = 2
    assert change.after["a"] == 1
    with pytest.raises(TypeError):
        change.after["a"] = 3  # type: ignore[index]
