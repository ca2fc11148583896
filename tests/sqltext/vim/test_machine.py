"""Vim's keys, as vim itself does them: `|` is the cursor, `[ ]` what is selected."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.sqltext.vim.machine import Mode, Vim
from tests.examples import examples


def typed(before, keys):
    """The text with its cursor after some keys; `<` is escape, and what is typed in INSERT goes in.
    Orders are kept.
    """
    at = before.index("|")
    text, vim, orders = before.replace("|", ""), Vim(), []
    selected = None
    for key in keys:
        if vim.mode is Mode.INSERT and key != "<":
            text, at = text[:at] + key + text[at:], at + 1
            continue
        act = vim.escape(text, at) if key == "<" else vim.key(key, text, at)
        if act is None:
            continue
        if act.edit is not None:
            first, last, new = act.edit
            text = text[:first] + new + text[last:]
        at, selected = act.cursor, act.selected
        orders += [act.order] * act.times if act.order else []
    return text, at, vim, orders, selected


def shown(before, keys):
    text, at, *_ = typed(before, keys)
    return f"{text[:at]}|{text[at:]}"


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        ("|ab cd", "l", "a|b cd"),
        ("ab c|d", "lll", "ab c|d"),
        ("|ab cd_e, f", "w", "ab |cd_e, f"),
        ("|ab cd_e, f", "3w", "ab cd_e, |f"),
        ("|a\n\nb", "w", "a\n|\nb"),
        ("|ab cd", "e", "a|b cd"),
        ("a|b cd", "e", "ab c|d"),
        ("ab c|d", "b", "ab |cd"),
        ("ab c|d", "2b", "|ab cd"),
        ("  a|b", "0", "|  ab"),
        ("  a|b", "^", "  |ab"),
        ("|ab\ncd", "$", "a|b\ncd"),
        ("ab|c\na\nabc", "jj", "abc\na\nab|c"),
        ("abc\na\nab|c", "2k", "ab|c\na\nabc"),
        ("a|b\ncd\nef", "G", "ab\ncd\n|ef"),
        ("ab\ncd\ne|f", "gg", "|ab\ncd\nef"),
        ("ab\ncd\ne|f", "2G", "ab\n|cd\nef"),
        ("a|bc", "x", "a|c"),
        ("a|bc", "9x", "|a"),
        ("ab|c", "X", "a|c"),
        ("|ab cd ef", "dw", "|cd ef"),
        ("|ab cd ef", "d2w", "|ef"),
        ("|ab cd ef", "2dw", "|ef"),
        ("ab |cd\nef", "dw", "ab| \nef"),
        ("ab |cd ef", "de", "ab | ef"),
        ("ab c|d ef", "db", "ab |d ef"),
        ("ab |cd ef", "d$", "ab| "),
        ("ab |cd ef", "D", "ab| "),
        ("ab\nc|d\nef", "dd", "ab\n|ef"),
        ("ab\nc|d", "dd", "|ab"),
        ("a|b", "dd", "|"),
        ("a|b\ncd\nef", "2dd", "|ef"),
        ("a|b\ncd\nef", "dj", "|ef"),
        ("ab\nc|d\nef", "dG", "|ab"),
        ("ab\nc|d\nef", "dgg", "|ef"),
        ("|ab cd", "cwxy<", "x|y cd"),
        ("|a cd", "cwxy<", "x|y cd"),
        ("ab\n  c|d\nef", "ccx<", "ab\n|x\nef"),
        ("ab |cd", "Cx<", "ab |x"),
        ("|ab cd", "ywP", "ab| ab cd"),
        ("|ab cd", "yw$p", "ab cdab| "),
        ("a|b\ncd", "yyp", "ab\n|ab\ncd"),
        ("a|b\ncd", "yyjp", "ab\ncd\n|ab"),
        ("ab\nc|d", "yyP", "ab\n|cd\ncd"),
        ("a|b\ncd", "ddp", "cd\n|ab"),
        ("|abc", "xp", "b|ac"),
        ("|ab", "ix<", "|xab"),
        ("|ab", "ax<", "a|xb"),
        ("a|b", "Ax<", "ab|x"),
        ("  a|b", "Ix<", "  |xab"),
        ("  a|b\nc", "ox<", "  ab\n  |x\nc"),
        ("  a|b", "Ox<", "  |x\n  ab"),
        ("|abc def", "vld", "|c def"),
        ("ab|c def", "vhhd", "| def"),
        ("|abc def", "vecx<", "|x def"),
        ("|abc def", "vey$p", "abc defab|c"),
        ("ab\nc|d\nef", "Vd", "ab\n|ef"),
        ("a|b\ncd\nef", "Vjd", "|ef"),
        ("|ab cd", "d<w", "ab |cd"),
        ("|ab cd", "2<w", "ab |cd"),
        ("|ab", "dz", "|ab"),
    ],
)  # fmt: skip
def test_keys_do_what_they_do_in_vim(before, keys, after):
    assert shown(before, keys) == after


def test_what_is_selected_is_told():
    assert typed("a|bc", "vl")[4] == (1, 3)
    assert typed("ab\nc|d", "Vk")[4] == (0, 5)
    assert typed("a|bc", "v<")[4] is None


def test_what_the_editor_does_itself_is_ordered():
    assert typed("|ab", "u")[3] == ["undo"]
    assert typed("|ab", "3u")[3] == ["undo"] * 3
    assert typed("|ab", "/nNU")[3] == ["find", "next", "previous", "redo"]


def test_escape_in_normal_mode_is_nobodys():
    assert Vim().escape("ab", 0) is None


@given(st.text("ab_ ,\n", max_size=30), st.text("hjklwbe0$gGxdypPuvVioaAOIcDC<2", max_size=25))
@settings(max_examples=examples(400))
def test_no_keys_leave_the_text(text, keys):
    text, at, vim, _, selected = typed(f"|{text}", keys)
    assert 0 <= at <= len(text)
    if vim.mode is Mode.NORMAL and text:
        assert at == len(text) or text[at] != "\n" or at == 0 or text[at - 1] == "\n"
    if selected is not None:
        assert 0 <= selected[0] <= selected[1] <= len(text)
