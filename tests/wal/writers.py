"""Applications that write a WAL, with the libraries people use; each is told what to do."""

import sys
from pathlib import Path

from tests.examples import IS_LONG
from tests.migrations.npm import installed
from tests.wal.programs import Program

WRITERS = ("sqlite3", "aiosqlite", *(("better-sqlite3",) if IS_LONG else ()))
_AIOSQLITE = """
import asyncio, json, sys
import aiosqlite

async def main():
    connection = None
    for line in sys.stdin:
        verb, text = json.loads(line)
        answer = None
        try:
            if verb == "open":
                connection = await aiosqlite.connect(text, isolation_level=None, timeout=0)
            elif verb == "sql":
                answer = [list(row) for row in await connection.execute_fetchall(text)]
            elif verb == "close":
                await connection.close()
        except aiosqlite.Error as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)

asyncio.run(main())
"""
_NODE = """
const Database = require(process.argv[1]);
let connection = null;
require("readline").createInterface({input: process.stdin}).on("line", (line) => {
  const [verb, text] = JSON.parse(line);
  let answer = null;
  try {
    if (verb === "open") connection = new Database(text, {timeout: 0});
    else if (verb === "sql") {
      const statement = connection.prepare(text);
      answer = statement.reader ? statement.raw().all() : (statement.run(), []);
    } else if (verb === "close") connection.close();
  } catch (error) {
    answer = {error: String(error)};
  }
  process.stdout.write(JSON.stringify(answer) + "\\n");
});
"""
_BUILD_S = 900.0


def started(library: str, path: Path) -> Program:
    """An application with one connection by that library."""
    if library == "aiosqlite":
        return Program(path, command=(sys.executable, "-I", "-c", _AIOSQLITE))
    if library == "better-sqlite3":
        package = installed(("better-sqlite3@12",), build_s=_BUILD_S) / library
        return Program(path, command=("node", "-e", _NODE, str(package)))
    return Program(path)
