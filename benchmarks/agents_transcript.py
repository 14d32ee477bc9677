"""A conversation of the protocol's own client with ``crystext mcp``, each tool asked.

python -m benchmarks.agents_transcript > docs/measured/agents.md
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from importlib.metadata import version
from typing import Any

from mcp import Client, StdioServerParameters

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("list_files", {}),
    ("describe", {"file": "rutile.cif", "section": "global"}),
    ("describe", {"file": "rutile.cif", "section": "local", "max_tokens": 60}),
    ("describe", {"file": "rutile.cif", "section": "local", "max_tokens": 60, "skip": 1}),
    ("search", {"query": "layered sulfide with edge-sharing octahedra", "limit": 2}),
    ("search", {"like_file": "rutile.cif", "where": "band_gap > 2", "limit": 2}),
    ("verify", {"file": "halite.cif", "statement": "A layered chloride in space group Fm-3m."}),
    ("predict", {"file": "halite.cif"}),
    ("corpus_row", {"id": "mp-2815", "columns": ["global_text", "band_gap", "elements"]}),
    ("describe", {"file": "../README.md"}),
)


async def talk() -> None:
    """Asks, and prints questions and answers as Markdown."""
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "crystext", "mcp", "examples"]
    )
    print("# A conversation with an agent's tools\n")
    print("`python -m benchmarks.agents_transcript`: the client of the official SDK, mcp")
    print(f"{version('mcp')}, starts `crystext mcp examples`. Its answers stand here as they came.")
    async with Client(command) as client:
        listed = await client.list_tools()
        print(f"\nTools: {', '.join(one.name for one in listed.tools)}.")
        for name, arguments in CALLS:
            answer = await client.call_tool(name, arguments)
            wrong = " (an error)" if answer.is_error else ""
            print(f"\n**{name}** `{json.dumps(arguments)}`{wrong}\n")
            (said,) = (one.text for one in answer.content if one.type == "text")
            print(f"```text\n{said}\n```")


def main() -> None:
    """Command line."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    asyncio.run(talk())


if __name__ == "__main__":
    main()
