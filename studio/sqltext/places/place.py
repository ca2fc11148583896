"""What the place of a cursor wants: a relation, an operand, a word that may follow, or nothing.

Only words and signs are looked at, no name; the rules are those of `studio/completion/README.md`.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from studio.sqltext.places.around import Around
from studio.sqltext.places.query import QueryBlock, QuerySource
from studio.sqltext.places.shape import StatementShape


class WantedHere(Enum):
    """What may stand at a place."""

    NOTHING = auto()
    WORDS = auto()
    """Only keywords: the place's `words`."""
    START = auto()
    """A statement begins."""
    RELATION = auto()
    TARGET = auto()
    """A relation that is written to."""
    OPERAND = auto()
    ITEM = auto()
    """An operand of a list that takes `*`: of SELECT or RETURNING."""
    GROUP = auto()
    ORDER = auto()
    CONDITION = auto()
    """An operand where a condition begins, of a join or between sources."""
    SHARED = auto()
    """A column in USING ( )."""
    TYPE = auto()
    FILLED = auto()
    """A column in the list of an INSERT."""
    CHANGED = auto()
    """A column on the left of SET."""
    UNIQUE = auto()
    """The columns of ON CONFLICT ( )."""
    CONSTRAINT = auto()
    WINDOW = auto()
    COLUMN = auto()
    """A column of the relation `of`."""
    OBJECT = auto()
    """A thing of the kind `kind`."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is wanted at a cursor, and what around it says which comes first."""

    wanted: WantedHere
    query: QueryBlock
    qualifier: tuple[str, ...] = ()
    """The dotted names in front of the word."""
    qualifier_start: int = 0
    """The token at which those begin, or the word."""
    clause: str = ""
    words: tuple[str, ...] = ()
    """Keywords that may stand here, likely ones first."""
    compared: tuple[str, ...] = ()
    """The dotted name on the other side of a comparison."""
    takes_values: bool = False
    """Whether values of what it is compared with may stand here."""
    column: str = ""
    """The column of the target that gets what is written here."""
    column_index: int = -1
    """The same by its place, where no list names it."""
    join: QuerySource | None = None
    """The join whose ON or USING this is."""
    joins: bool = False
    """Whether a JOIN waits for its relation."""
    kind: str = ""
    """Of what kind the object is; of a relation, "" for any."""
    of: tuple[str, ...] = ()
    """The relation whose parts are wanted."""
    listed: tuple[str, ...] = ()
    """Names this list has already."""
    names: tuple[str, ...] = ()
    """Columns that this statement itself makes."""
    call: tuple[str, ...] = ()
    """The function whose argument this is."""
    extras: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names that stand for the row of another relation: `new`, `old`, `excluded`."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A statement with a cursor in it."""

    around: Around
    shape: StatementShape
    place: Place
    at: int
    """The token being typed, or the one behind the cursor."""
