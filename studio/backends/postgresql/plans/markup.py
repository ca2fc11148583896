"""FORMAT YAML and FORMAT XML → the fields FORMAT JSON would have had.

Nothing in either is obeyed: no tags, no aliases, no document types, no entities.
"""

import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from studio.backends.postgresql.plans.explain_json import ATTRIBUTES, CONDITIONS
from studio.model.errors import StudioError

LARGEST = 16_000_000
"""Characters; both take far longer to read than JSON."""
YAML = re.compile(r"\s*(?:- (?:Plan|Query Text|Query Identifier):(?:\s|$)|Plan: *\n)")
XML = re.compile(r"\s*<(?:\?xml\b|explain\b|Query\b|Plan\b)")
NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")
HYPHENATED = ("One-Time Filter", "Full-sort Groups", "Pre-sorted Groups")
WORDED = frozenset((*CONDITIONS, *ATTRIBUTES, "Query Text", "Item"))
"""Fields that hold words, even where those look like a number."""


def is_yaml(text: str) -> bool:
    """Whether the first line is one of a YAML plan."""
    return YAML.match(text) is not None


def is_xml(text: str) -> bool:
    """Whether it begins like an XML plan."""
    return XML.match(text) is not None


def from_yaml(text: str) -> object:
    """The answer as JSON would decode it. Raises StudioError."""
    import yaml  # noqa: PLC0415 - few plans are YAML, and all would pay for it

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    _refuse_large(text)
    try:
        if "*" in text and any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=base)
        ):
            # An alias can make a small text endless.
            raise StudioError("This YAML has aliases, which no plan has.")
        return yaml.load(text, base)  # noqa: S506 - it is a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise StudioError(f"This YAML cannot be read: {_first_line(error)}.") from None


def from_xml(text: str) -> object:
    """The answer as JSON would decode it. Raises StudioError."""
    _refuse_large(text)
    if "<!" in text:
        raise StudioError("This XML declares a document type or entities, which no plan does.")
    try:
        root = ET.fromstring(text.strip())  # noqa: S314 - without a document type it has no entities
    except (ET.ParseError, ValueError) as error:
        raise StudioError(f"This XML cannot be read: {_first_line(error)}.") from None
    queries = [child for child in root if _tag(child) == "Query"] if _tag(root) == "explain" else []
    if queries:
        return [_fields(query) for query in queries]
    fields = _fields(root)
    return {"Plan": fields} if _tag(root) == "Plan" else fields


def _refuse_large(text: str) -> None:
    if len(text) > LARGEST:
        raise StudioError("This is too large to be read: use FORMAT JSON.")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _label(element: ET.Element) -> str:
    """A tag as JSON spells it: the server puts a hyphen for what a tag cannot hold."""
    tag = _tag(element)
    for name in HYPHENATED:
        if tag == name.replace(" ", "-"):
            return name
    return tag.replace("I-O-", "I/O ").replace("-", " ")


def _fields(element: ET.Element) -> dict[str, Any]:
    return {_label(child): _value(child) for child in element}


def _value(element: ET.Element) -> object:
    label, inner = _label(element), list(element)
    if not inner:
        text = element.text or ""
        if label in LISTED:
            return []
        return _plain(text) if label not in WORDED and not label.endswith("Name") else text
    if label in LISTED or all(_tag(child) == "Item" for child in inner):
        return list(_items(inner))
    return _fields(element)


def _items(elements: Iterable[ET.Element]) -> Iterable[object]:
    for element in elements:
        if _tag(element) == "Item":
            yield element.text or ""
        elif len(element) and _label(element) in ITEMS_OF:
            yield _items_or_fields(element)
        else:
            yield _fields(element)


def _items_or_fields(element: ET.Element) -> object:
    inner = list(element)
    if inner and all(_tag(child) == "Item" for child in inner):
        return [child.text or "" for child in inner]
    return _fields(element)


LISTED = frozenset(
    ("Plans", "Workers", "Triggers", "Grouping Sets", "Group Keys", "Hash Keys", "Target Tables")
)
ITEMS_OF = frozenset(("Group Key", "Hash Key"))


def _plain(text: str) -> bool | float | str:
    if text in {"true", "false"}:
        return text == "true"
    return float(text) if NUMBER.fullmatch(text) else text
