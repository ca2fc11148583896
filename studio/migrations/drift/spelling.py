"""Types and defaults without their spelling: what two ways to write one thing have in common."""

import json
import re

from studio.model.catalog import Column

_CAST = re.compile(
    r"::(?:(?:character|bit) varying|double precision"
    r"|time(?:stamp)?(?:\(\d+\))? with(?:out)? time zone"
    r"|(?:\"(?:[^\"]|\"\")*\"|[a-z_]\w*)(?:\.(?:\"(?:[^\"]|\"\")*\"|[a-z_]\w*))?)"
    r"(?:\(\d+(?:,\d+)?\))?(?:\[\])*",
    re.IGNORECASE,
)
_COLLATE = re.compile(r"\s+collate\s+\S+$")
_NOW = frozenset({"now()", "current_timestamp", "current_timestamp()", "transaction_timestamp()"})
_TYPES = {
    "int": "integer", "int4": "integer", "serial": "integer", "serial4": "integer",
    "int8": "bigint", "bigserial": "bigint", "serial8": "bigint", "int2": "smallint",
    "smallserial": "smallint", "serial2": "smallint", "bool": "boolean",
    "varchar": "charactervarying", "bpchar": "character", "char": "character", "decimal": "numeric",
    "float8": "doubleprecision", "float4": "real", "float": "doubleprecision",
    "timestamptz": "timestampwithtimezone",
    "timestamp": "timestampwithouttimezone", "timetz": "timewithtimezone",
    "time": "timewithouttimezone", "varbit": "bitvarying",
}  # fmt: skip
_ONE_LONG = frozenset({"character", "bit"})
"""Types whose length is one where none is given."""
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)?[ tT]?(?P<hour>\d\d:\d\d)(?P<second>:\d\d)?(?P<part>\.\d+)?"
    r"(?P<zone>[zZ]|[+-]\d\d(?::?\d\d)?)?"
)


def plain_type(text: str) -> str:
    """A type without spelling: aliases, spaces, quotes and the usual schema gone."""
    bare = _COLLATE.sub("", text.lower())
    lower = re.sub(r"[\s\"`]", "", bare).removeprefix("public.").removeprefix("pg_catalog.")
    match = re.match(
        r"^([a-z_0-9.]+?)(\([^)]*\))?((?:with|without)timezone|varying(?:\([^)]*\))?)?((?:\[\d*\])*)$",
        lower,
    )
    if match is None:
        return lower
    base, size, zone = match[1], match[2] or "", match[3] or ""
    if zone.startswith("varying"):
        size, zone = zone.removeprefix("varying"), "varying"
    word = base + zone
    if not size and _TYPES.get(word, word) in _ONE_LONG and word != "bpchar":
        size = "(1)"
    word = _TYPES.get(word, word)
    if word == "numeric" and "," not in size:
        size = size.replace(")", ",0)")
    # PostgreSQL keeps no number of dimensions.
    return word + size + ("[]" if match[4] else "")


def plain_default(column: Column) -> str | None:
    """A default without casts, brackets, quotes and spelling; None for none."""
    text = column.default
    if text is None or column.identity:
        return None
    plain = re.sub(r"^\((.*)\)$", r"\1", without_casts(text.strip()), flags=re.DOTALL)
    plain = re.sub(r"^\((.*)\)$", r"\1", without_casts(plain).strip(), flags=re.DOTALL).strip()
    if plain.lower().startswith("nextval(") or plain.lower() == "null":
        return None
    if quoted := re.fullmatch(r"[eE]?'((?:[^']|'')*)'", plain, re.DOTALL):
        return _value(quoted[1].replace("''", "'"), plain_type(column.type_name))
    bare = re.sub(r"\s+", "", plain).lower()
    return "now()" if bare in _NOW else _number({"true": "1", "false": "0"}.get(bare, bare))


def is_numbered(column: Column) -> bool:
    """Whether new rows take the next number of a sequence, without being an identity."""
    return "serial" in column.type_name.lower() or "nextval(" in (column.default or "").lower()


def without_casts(text: str) -> str:
    """The expression without `::type`, also where casts are cast again."""
    while (shorter := _CAST.sub("", text)) != text:
        text = shorter
    return text


def _value(text: str, kind: str) -> str:
    """A literal as its type reads it."""
    if kind.endswith("[]"):
        return re.sub(r'\s*"([^"\\{},\s]+)"\s*', r"\1", text)
    if kind in {"json", "jsonb"}:
        try:
            return json.dumps(json.loads(text), sort_keys=True)
        except (ValueError, RecursionError):
            return text
    if kind.startswith("time") and (moment := _MOMENT.fullmatch(text)):
        return _moment(moment)
    return _number(text)


def _moment(found: re.Match[str]) -> str:
    """A time of day or a timestamp with its seconds and without zeros behind them."""
    part = (found["part"] or "").rstrip("0").rstrip(".")
    zone = (found["zone"] or "").lower().replace("z", "+00").removesuffix(":00")
    return f"{found['day'] or ''} {found['hour']}{found['second'] or ':00'}{part}{zone}".strip()


def _number(text: str) -> str:
    """`0.0` and `0` are one value, as are `true` and 1 where booleans are numbers."""
    try:
        value = float(text)
    except ValueError:
        return {"true": "1", "false": "0", "t": "1", "f": "0"}.get(text, text)
    return str(int(value)) if value.is_integer() else str(value)
