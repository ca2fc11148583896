"""Plans as they were when somebody was content with them: a JSON file beside the statements."""

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path

from studio.backends.halves.explaining import Measures
from studio.config import paths
from studio.model.errors import ConfigInvalid

VERSION = 1


def check(path: Path) -> None:
    """Raise ConfigInvalid for what is no baseline, before anything is run."""
    read(path, "")


def read(path: Path, engine: str) -> dict[str, Measures]:
    """Name of a statement → its plan on one engine: a cost means nothing on another. Raises
    ConfigInvalid. With no engine, of whichever it is.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        plans = document["plans"]
        if document["version"] != VERSION:
            raise ConfigInvalid(f"{path} was written by another version of studio.")
        if engine and document.get("engine", engine) != engine:
            raise ConfigInvalid(f"{path} holds plans of {document['engine']}, not of {engine}.")
        return {str(name): _measures(plan) for name, plan in plans.items()}
    except FileNotFoundError:
        raise ConfigInvalid(f"There is no {path}: make it with --update.") from None
    except OSError as error:
        raise ConfigInvalid(f"Cannot read {path}: {error.strerror or error}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigInvalid(f"{path} is no baseline of studio.") from None


def write(path: Path, engine: str, plans: Mapping[str, Measures]) -> None:
    """Write it whole or not at all, sorted, so that a change is a small diff. Raises
    ConfigInvalid.
    """
    told = {
        name: {"shape": list(plan.shape), "cost": plan.cost, "rows_read": plan.rows_read}
        for name, plan in sorted(plans.items())
    }
    document = {"version": VERSION, "engine": engine, "plans": told}
    try:
        paths.write_whole(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise ConfigInvalid(f"Cannot write {path}: {error.strerror or error}.") from None


def _measures(plan: Mapping[str, object]) -> Measures:
    shape = plan["shape"]
    if not isinstance(shape, list):
        raise TypeError
    return Measures(tuple(map(str, shape)), _number(plan["cost"]), _number(plan["rows_read"]))


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError
    return float(value)
