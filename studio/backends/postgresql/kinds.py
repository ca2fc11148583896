"""PostgreSQL's types → studio's kinds, by oid, by category, and by name."""

from collections.abc import Sequence

from studio.model.catalog import ColumnKind

_K = ColumnKind

_SCALARS: dict[ColumnKind, tuple[tuple[int, int], ...]] = {
    # (oid, oid of its array type), from pg_type.dat: fixed since the type exists.
    _K.BOOLEAN: ((16, 1000),),
    _K.BYTES: ((17, 1001),),
    _K.TEXT: ((18, 1002), (19, 1003), (25, 1009), (1042, 1014), (1043, 1015)),
    _K.INTEGER: ((20, 1016), (21, 1005), (23, 1007), (26, 1028)),
    _K.REAL: ((700, 1021), (701, 1022)),
    _K.DECIMAL: ((1700, 1231), (790, 791)),
    _K.JSON: ((114, 199), (3802, 3807)),
    _K.DATE: ((1082, 1182),),
    _K.TIME: ((1083, 1183), (1266, 1270)),
    _K.TIMESTAMP: ((1114, 1115), (1184, 1185)),
    _K.INTERVAL: ((1186, 1187),),
    _K.UUID: ((2950, 2951),),
    _K.NETWORK: ((869, 1041), (650, 651), (829, 1040), (774, 775)),
    _K.RANGE: (
        *((3904, 3905), (3906, 3907), (3908, 3909), (3910, 3911), (3912, 3913), (3926, 3927)),
        *((4451, 6150), (4532, 6151), (4533, 6152), (4534, 6153), (4535, 6155), (4536, 6157)),
    ),
    _K.COMPOSITE: ((2249, 2287),),
}

BY_OID: dict[int, ColumnKind] = {
    oid: kind for kind, pairs in _SCALARS.items() for oid, _ in pairs
} | {array: _K.ARRAY for pairs in _SCALARS.values() for _, array in pairs}

_BY_TYPTYPE = {"e": _K.ENUM, "c": _K.COMPOSITE, "r": _K.RANGE, "m": _K.RANGE}
_BY_CATEGORY = {
    "A": _K.ARRAY,
    "B": _K.BOOLEAN,
    "D": _K.TIMESTAMP,
    "E": _K.ENUM,
    "I": _K.NETWORK,
    "N": _K.DECIMAL,
    "R": _K.RANGE,
    "S": _K.TEXT,
    "T": _K.INTERVAL,
    "C": _K.COMPOSITE,
}
"""`pg_type.typcategory`, for types made by people and extensions (citext, domains over domains)."""

OBJECT_NAMES = {
    *("regclass", "regproc", "regprocedure", "regoper", "regoperator", "regtype", "regrole"),
    *("regnamespace", "regconfig", "regdictionary", "regcollation", "regdatabase"),
}
"""Oids that print as names."""
_ORDERED_OTHERS = OBJECT_NAMES | {
    *("bit", "bit varying", "xid8", "pg_lsn", "tid", "tsvector", "tsquery", "oidvector"),
    *("hstore", "ltree"),
}
_ORDERED_ELEMENTS = {
    *("smallint", "integer", "bigint", "real", "double precision", "numeric", "boolean", "text"),
    *("character varying", "character", "name", '"char"', "date", "uuid", "bytea", "interval"),
    *("time without time zone", "time with time zone", "timestamp without time zone"),
    *("timestamp with time zone", "inet", "cidr", "macaddr", "macaddr8", "jsonb", "oid"),
}


def of_type(oid: int, typtype: str, category: str, base: int) -> ColumnKind:
    """The kind of a type; a domain (`typtype` d) is what its `base` is."""
    if typtype == "d" and base:
        oid = base
    if known := BY_OID.get(oid):
        return known
    if typtype in _BY_TYPTYPE:
        return _BY_TYPTYPE[typtype]
    # Category N and S hold odd built-ins too: regclass prints names, pg_node_tree has no order.
    if oid < _FIRST_OF_USERS:
        return _K.ARRAY if category == "A" else _K.OTHER
    return _BY_CATEGORY.get(category, _K.OTHER)


_FIRST_OF_USERS = 16384
"""Oids from here on are given out while a database is used (PostgreSQL, access/transam.h)."""


def of_result(type_codes: Sequence[object]) -> tuple[ColumnKind, ...]:
    """The kinds of a result's columns; a type made by people is OTHER, its name is not known."""
    return tuple(
        BY_OID.get(code, _K.OTHER) if isinstance(code, int) else _K.OTHER for code in type_codes
    )


def bare(type_name: str) -> str:
    """A type's name without its modifier: `numeric(5,2)` → `numeric`."""
    head, bracket, tail = type_name.partition("(")
    return (head + tail.partition(")")[2]).strip() if bracket else type_name


def has_order(kind: ColumnKind, type_name: str) -> bool:
    """Whether values compare with `=` and `<` as they are, rather than as their text."""
    name = bare(type_name)
    if kind is _K.JSON:
        return name == "jsonb"
    if kind is _K.OTHER:
        return name in _ORDERED_OTHERS
    if kind is _K.ARRAY:
        return name.rstrip("[]") in _ORDERED_ELEMENTS
    return kind is not _K.COMPOSITE
