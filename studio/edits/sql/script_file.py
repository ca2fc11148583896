"""A script of changes, kept as a file."""

from pathlib import Path


def save_script(path: Path, script: str) -> str:
    """Write `script` to a new file; why that could not be, or nothing."""
    try:
        with path.open("x", encoding="utf-8", errors="surrogateescape") as file:
            file.write(script)
    except FileExistsError:
        return f"{path} exists already; choose another name"
    except OSError as error:
        return f"{path} cannot be written: {error.strerror or error}"
    return ""
