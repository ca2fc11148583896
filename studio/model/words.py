"""Counts and owners in sentences, everywhere the same."""


def plural(count: int, noun: str, nouns: str = "") -> str:
    """`1 row`, `2,000 rows`; `nouns` where the plural is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


def possessive(name: str) -> str:
    """`ada's`, `customers'`."""
    return f"{name}'" if name.endswith(("s", "S")) else f"{name}'s"
