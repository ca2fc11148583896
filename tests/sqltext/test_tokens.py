"""The lexer: lossless, never refusing, and reading each engine's own quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.sqltext.syntax import GENERIC, POSTGRESQL, SQLITE, ParameterStyle, Syntax
from studio.sqltext.tokens import TokenKind, code, lex, places_of, seen

MYSQL = Syntax(name="mysql", hash_comments=True, backslash_escapes=True, backtick_names=True)
SYNTAXES = [SQLITE, POSTGRESQL, GENERIC, MYSQL]

FRAGMENTS = [
    *("'", '"', "`", "[", "]", "$$", "$a$", "$1", ":x", "@y", "?", "#", "\\", "\\.", "\\g", "\\;"),
    *("--", "/*", "*/", "\n", "\r", "\t", " ", "\v", "\x00", "\ufeff", "\u00a0", "é", "😀"),
    *(";", "(", ")", ",", ".", "::", ":=", "E'", "e'", "U&'", "x'", "N'", 'U&"', "''", "\\'"),
    *("select", "CREATE", "TRIGGER", "FUNCTION", "BEGIN", "ATOMIC", "CASE", "END", "COPY", "FROM"),
    *("STDIN", "RULE", "EXPLAIN", "ANALYZE", "WITH", "DELETE", "AS", "t", "1", "1e", "0x", "1.5"),
    *("PRAGMA", "UNION", "JOIN", "a.b", "UPDATE", "SET", "PROCEDURE", "IF", "LOOP", "/*+"),
]
sql = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS)).map(" ".join)) | st.lists(
    st.sampled_from(FRAGMENTS)
).map("".join)


@given(text=sql, syntax=st.sampled_from(SYNTAXES))
def test_tokens_joined_are_the_text(text, syntax):
    tokens = lex(text, syntax)
    assert "".join(token.text for token in tokens) == text
    assert all(text[token.start : token.end] == token.text != "" for token in tokens)


def kinds(text, syntax):
    return [(token.kind, token.text) for token in code(lex(text, syntax))]


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        ("'a''b;'", SQLITE),
        (r"'a\'", SQLITE),
        (r"'a\'", POSTGRESQL),
        (r"E'a\'b'", POSTGRESQL),
        (r"e'a''\\'", POSTGRESQL),
        ("E'a'\n'b\\'c'", POSTGRESQL),
        ("E'a' -- why\n 'b\\'c'", POSTGRESQL),
        ('$$it\'s; "x" /* $$', POSTGRESQL),
        ("$a$ $b$ $$ ; $a$", POSTGRESQL),
        ("$é$ ' $é$", POSTGRESQL),
        ("U&'\\0041;'", POSTGRESQL),
        ("N'x'", POSTGRESQL),
        ("X'ab'", SQLITE),
        (r"'a\'b'", MYSQL),
    ],
)
def test_one_string(text, syntax):
    assert kinds(text, syntax) == [(TokenKind.STRING, text)]


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        ('"a"";b"', SQLITE),
        ("[a 'b; ]", SQLITE),
        ("`a``;`", SQLITE),
        ('U&"x;"', POSTGRESQL),
        ("`x`", GENERIC),
    ],
)
def test_one_quoted_name(text, syntax):
    assert kinds(text, syntax) == [(TokenKind.NAME, text)]


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        ("$1", POSTGRESQL),
        (":name", POSTGRESQL),
        ("?", SQLITE),
        ("?12", SQLITE),
        ("@a", SQLITE),
        ("$a::b(x;y)", SQLITE),
        ("#a", SQLITE),
        (":a", GENERIC),
    ],
)
def test_one_parameter(text, syntax):
    assert kinds(text, syntax) == [(TokenKind.PARAMETER, text)]


@pytest.mark.parametrize("style", ["?", ":a", "@a", "$a"])
def test_an_operator_does_not_swallow_a_parameter(style):
    assert kinds(f"a={style}", SQLITE)[-1] == (TokenKind.PARAMETER, style)


def test_a_cast_is_no_parameter():
    assert (TokenKind.OPERATOR, "::") in kinds("a::int", POSTGRESQL)
    assert ParameterStyle.COLON_NAME in POSTGRESQL.parameters


@pytest.mark.parametrize(
    ("text", "syntax", "code_text"),
    [
        ("a /* b /* c */ d */ e", POSTGRESQL, "a e"),
        ("a /* b /* c */ d", SQLITE, "a d"),
        ("a /*/ b */ c", SQLITE, "a c"),
        ("a /*/ b */ c", POSTGRESQL, "a c"),
        ("a /**/ b", SQLITE, "a b"),
        ("a -- b\rc", POSTGRESQL, "a c"),
        ("a -- b\rc", SQLITE, "a"),
        ("a --b\nc", SQLITE, "a c"),
        ("a # b\nc", MYSQL, "a c"),
        ("a+--b\nc", POSTGRESQL, "a + c"),
        ("a+/*b*/c", POSTGRESQL, "a + c"),
        ("a$$b", POSTGRESQL, "a$$b"),
        ("a /* open", SQLITE, "a"),
        ("a /* open", POSTGRESQL, "a /* open"),
    ],
)
def test_comments(text, syntax, code_text):
    assert " ".join(token.text for token in code(lex(text, syntax))) == code_text


@pytest.mark.parametrize("opening", ["'", '"', "$x$", "E'", "/*", "E'a'\n'"])
def test_what_never_closes_is_broken_to_the_end(opening):
    assert kinds(f"{opening}; select 1", POSTGRESQL)[-1][0] is TokenKind.BROKEN
    assert len(kinds(f"{opening}; select 1", POSTGRESQL)) == 1


def test_copy_data_is_one_token():
    text = "COPY t (a) FROM STDIN WITH (FORMAT text); -- note\n1;'\n\\.\nselect 1"
    data = [token.text for token in lex(text, POSTGRESQL) if token.kind is TokenKind.DATA]
    assert data == ["1;'\n\\.\n"]


@pytest.mark.parametrize(
    "text",
    [
        "COPY t FROM STDIN;\nselect 1;\n",
        "COPY t TO STDOUT;\n\\.\n",
        "select stdin;\n\\.\n",
        "COPY t FROM 'x';\n\\.\n",
    ],
)
def test_without_an_end_there_is_no_data(text):
    assert all(token.kind is not TokenKind.DATA for token in lex(text, POSTGRESQL))


@given(text=sql, syntax=st.sampled_from(SYNTAXES))
def test_the_tokens_an_engine_sees_are_found_the_same_without_the_others(text, syntax):
    assert seen(text, syntax) == code(lex(text, syntax))


@given(text=sql, syntax=st.sampled_from(SYNTAXES), signs=st.sampled_from(["(),", ";", "[]."]))
def test_signs_stand_where_the_lexer_finds_them(text, syntax, signs):
    found = (token for token in lex(text, syntax) if token.kind is TokenKind.PUNCTUATION)
    assert places_of(signs, text, syntax) == [token.start for token in found if token.text in signs]
