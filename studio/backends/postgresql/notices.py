"""What the server says besides its answer: NOTICE, WARNING, INFO."""

from collections.abc import Callable

import psycopg
from psycopg.errors import Diagnostic


def listen(driver_connection: object, tell: Callable[[str], None]) -> Callable[[], None]:
    """Call `tell` with each notice of a connection, until what this returns is called."""
    if not isinstance(driver_connection, psycopg.Connection | psycopg.AsyncConnection):
        return _nothing

    def heard(diagnostic: Diagnostic) -> None:
        if tree_of(diagnostic):
            return
        tell(f"{diagnostic.severity or 'NOTICE'}: {diagnostic.message_primary or ''}")

    driver_connection.add_notice_handler(heard)
    return lambda: driver_connection.remove_notice_handler(heard)


def tree_of(diagnostic: Diagnostic) -> str:
    """The parse tree a notice holds (debug_print_parse), else nothing: its words are translated."""
    detail = (diagnostic.message_detail or "").lstrip()
    is_tree = diagnostic.severity_nonlocalized == "LOG" and detail.startswith("{QUERY")
    return detail if is_tree else ""


def _nothing() -> None:
    """Another driver, nobody listens."""
