"""Configurations as people write them, read without running them."""

from pathlib import Path

import pytest

from studio.migrations.javascript import Undetermined, lookup, read

VARIABLES = {"DB": "postgres://x", "N": "1"}


def exported(source: str) -> object:
    return read(source, VARIABLES, Path("/p")).exported


@pytest.mark.parametrize(
    "source",
    [
        "export default defineConfig({ out: './d', n: 1 })",
        "const c: Config = { out: './d', n: 1 };\nexport default c;",
        "const c = { out: './d', n: 1 } satisfies Config\nexport default c",
        "export default { out: './d', n: 1 } as const satisfies Config;",
        "export default <Config>{ out: './d', n: 1 };",
        "module.exports = { out: './d', 'n': 0x1, };",
        "#!/usr/bin/env node\n'use strict'\nexports.default = { out: `./d`, n: 1n }",
        '{ // JSON with comments\n "out": "./d", /* x */ "n": 1, }',
        "const base = { out: './d' };\nexport default { ...base, n: 1 };",
        "export default defineConfig(() => ({ out: './d', n: 1 }));",
        "export default defineConfig(async (x) => { const out = './d'; return { out, n: 1 } })",
        "export default { out: process.env.MISSING ?? './d', n: +1 };",
        "export default { out: './' + 'd', n: Number.x ? 2 : 1, ...{ n: 1 } };",
        "function f() { return { a: { b: 1 } } }\nexport default { out: './d', n: 1 }",
        "const re = /export default {[}]/;\nexport default { out: './d', n: 1 };",
        "const config = { out: './d', n: 1 };\nexport { helper, config as default };",
        "const { MISSING: out = './d', N } = process.env;\nexport default { out, n: 1 }",
        "export default Object.freeze({ out: '.\\x2fd', n: 1_0 - 9 + 1, ...{ n: 1 } });",
    ],
)
def test_one_configuration_in_many_shapes(source: str) -> None:
    assert exported(source) == {"out": "./d", "n": 1}


@pytest.mark.parametrize(
    "url",
    [
        "process.env.DB!", "process.env['DB'] as string", "process.env?.DB || 'x'", "env('DB')",
        "env<Env>('DB')", "env.DB", "`${process.env.DB}`", "Deno.env.get('DB')", "Bun.env.DB",
        "import.meta.env.DB", "(process.env.DB)", "process.env.MISSING ?? process.env.DB",
        "process.env.DB ? env('DB') : undefined", "process.env.MISSING ? 'y' : process.env.DB",
        "(process.env.MISSING ? 'a' : 0) ? 'b' : [] ? process.env.DB! as string : { c: 1 }",
    ],
)  # fmt: skip
def test_variables_are_looked_up(url: str) -> None:
    assert exported(f"export default {{ url: {url}, after: 1 }}") == {
        "url": "postgres://x",
        "after": 1,
    }


@pytest.mark.parametrize(
    "before",
    [
        "const { DB: url } = process.env", "const { NONE = 'x', DB: url, ...rest } = process.env",
        "const env = process.env; const url = env.DB", "const { url }: Env = { url: env('DB') };",
        "const env = z.object({ DB: z.string() }).parse(process.env); const url = env.DB",
        "const { url = 'postgres://x' } = { other: 1 };",
        "const { NONE: url = 'postgres://x' } = process.env",
    ],
)  # fmt: skip
def test_variables_are_taken_out_of_the_environment(before: str) -> None:
    assert exported(f"{before}\nexport default {{ url, after: 1 }}") == {
        "url": "postgres://x",
        "after": 1,
    }


@pytest.mark.parametrize(
    "value",
    [
        "await load()", "cond ? 'a' : 'b'", "process.env.MISSING", "x", "a && b", "fn`x`",
        "class {}", "`${x}`",
        "[1, 2][0]", "() => 1", "function () { return 1 }", "async () => {}",
        "x.y.z", "new Thing(1)[0]", "list.map((x) => x.y)",
        "!flag", "a < b", "{ ...x }.y", "/re/g", "typeof x",
    ],
)  # fmt: skip
def test_what_would_have_to_run_is_undetermined(value: str) -> None:
    found = exported(f"export default {{ value: {value}, after: 1 }}")
    assert isinstance(found, dict)
    assert found["after"] == 1
    assert not isinstance(found["value"], str | int | list)


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("path.join(__dirname, 'db', 'm')", "/p/db/m"), ("path.resolve('db', 'm')", "db/m"),
        ("join(import.meta.dirname, 'm')", "/p/m"), ("path.join(process.cwd(), 'm')", "./m"),
        ("new URL('m', import.meta.url).pathname", "/p/m"), ("__dirname + '/m'", "/p/m"),
        ("fileURLToPath(new URL('m', import.meta.url))", "/p/m"),
        ("path.join(path.dirname(fileURLToPath(import.meta.url)), 'm')", "/p/m"),
    ],
)  # fmt: skip
def test_paths_are_joined(source: str, path: str) -> None:
    assert exported(f"export default {{ m: {source} }}") == {"m": path}


def test_a_spread_of_something_unknown_hides_what_is_not_said() -> None:
    found = exported("export default { ...other, a: 1 }")
    assert lookup(found, "a") == 1  # type: ignore[arg-type]
    assert isinstance(lookup(found, "b"), Undetermined)  # type: ignore[arg-type]


def test_a_name_may_have_letters_of_any_plane():
    found = read("const 𝒳é = 'sql'\nexport default { out: 𝒳é }", {}, Path("/p"))
    assert found.exported == {"out": "sql"}


@pytest.mark.parametrize("asked", ["isCI", "process.env.DB === 'x'", "await ask()", "!there"])
def test_a_condition_nobody_can_tell_has_no_value(asked: str) -> None:
    read = exported(f"export default {{ url: {asked} ? 'a' : 'b', after: 1 }}")
    assert isinstance(read["url"], Undetermined)
    assert read["after"] == 1


def test_conditions_within_conditions_end() -> None:
    read = exported(f"export default {{ url: {'process.env.DB ? ' * 2000}1, after: 1 }}")
    assert isinstance(read["url"], Undetermined)
    assert read["after"] == 1
