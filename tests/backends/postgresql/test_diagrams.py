"""Diagrams of a database with every hostile name, read back by a reader of their format."""

import json
import warnings

import pytest

from studio.cli.diagram import name_of
from studio.cli.main import main
from tests.examples import IS_LONG
from tests.postgres import run_sql

with warnings.catch_warnings():
    # Its parser calls another library by names that this one will drop.
    warnings.simplefilter("ignore")
    from pydbml import PyDBML


def written(capsys: pytest.CaptureFixture[str], target: str, form: str) -> str:
    """What the command writes."""
    assert main(["schema", target, "--format", form]) == 0
    return capsys.readouterr().out


def shown(name: str) -> str:
    """A name as a diagram has it, without what would act in a terminal or end a text."""
    return name_of(name).replace("\\", "_")


def test_dbml_has_no_table_without_columns(
    capsys: pytest.CaptureFixture[str], postgres: str
) -> None:
    run_sql(
        postgres,
        'CREATE TABLE "no } columns" ()',
        'CREATE TABLE "a \\ [pk]" ("{x} // y" integer PRIMARY KEY DEFAULT 1, b text)',
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = PyDBML(written(capsys, postgres, "dbml"))
    assert [[column.name for column in table.columns] for table in read.tables] == [
        ["{x} // y", "b"]
    ]


@pytest.mark.skipif(not IS_LONG, reason="half a minute: STUDIO_LONG=1")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_dbml_is_read_back_with_every_table_column_and_name(
    capsys: pytest.CaptureFixture[str], torture: str
) -> None:
    read = PyDBML(written(capsys, torture, "dbml"))
    found = {(one.schema, one.name, column.name) for one in read.tables for column in one.columns}
    wanted = {
        tuple(map(shown, (table["schema"], table["name"], column["name"])))
        for table in json.loads(written(capsys, torture, "json"))
        for column in table["columns"]
        if table["kind"] in {"table", "partitioned table", "partition"}
    }
    assert wanted
    assert wanted - found == set()
