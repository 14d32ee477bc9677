"""The server of the Model Context Protocol: tools that read one folder, answers of a set length.

The protocol is the official SDK's. Every tool only reads. Work is done in one child process under a
time limit, question after question; what kills the process costs that question alone.
"""

from __future__ import annotations

import asyncio
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from crystext.agents.folder import MINI
from crystext.agents.strict import StrictServer
from crystext.agents.tools import short
from crystext.agents.worker import ToolWorker
from crystext.errors import CrystextError
from crystext.version import __version__

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from crystext.agents.tools import Tools

INSTRUCTIONS = """\
Crystal structures as text. Give a structure as the name of a file in the shared folder (file) or \
as the content of one (text: CIF, POSCAR, extended XYZ, JSON and others), never both. Descriptions \
have a global part (mineral, space group, components) and a local one (sites, bonds, polyhedra); \
ask for the global one first, it is short. Errors have a code in brackets and say what to do.
"""
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
File = Annotated[str | None, Field(description="Name of a file in the shared folder.")]
Text = Annotated[str | None, Field(description="Content of a structure file instead.")]
Index = Annotated[int, Field(ge=1, description="Which structure, where there are several.")]
Format = Annotated[str | None, Field(description="Such as cif or poscar; told if left out.")]
Most = Annotated[int | None, Field(ge=1, description="Tokens of the answer at most.")]

Section = Literal["all", "global", "local", "fields"]


def make_server(tools: Tools) -> MCPServer:
    """The server with its tools, not yet running."""
    server = StrictServer(
        "crystext", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )

    _add_structure_tools(server, tools)
    _add_corpus_tools(server, tools)
    return server


def _add_structure_tools(server: MCPServer, tools: Tools) -> None:
    """What is asked of a structure."""

    @server.tool(annotations=READS)
    @told
    async def describe(
        file: File = None,
        text: Text = None,
        section: Section = "all",
        index: Index = 1,
        format: Format = None,  # noqa: A002
        max_tokens: Most = None,
        skip: Annotated[int, Field(ge=0, description="Sentences to leave out first.")] = 0,
    ) -> str:
        """Describe a crystal structure in words: symmetry, mineral, sites, bonds, polyhedra."""
        given = tools.given(file, text, index, format)
        return await tools.ask(ToolWorker.described, given, section, tools.room(max_tokens), skip)

    @server.tool(annotations=READS)
    @told
    async def verify(
        statement: Annotated[str, Field(description="What is said of the crystal, in English.")],
        file: File = None,
        text: Text = None,
        index: Index = 1,
        format: Format = None,  # noqa: A002
        max_tokens: Most = None,
    ) -> dict[str, Any]:
        """Judge claims about a crystal structure: each is true, false or cannot be told."""
        given = tools.given(file, text, index, format)
        return await tools.ask(ToolWorker.verified, given, short(statement), tools.room(max_tokens))

    @server.tool(annotations=READS)
    @told
    async def predict(
        file: File = None,
        text: Text = None,
        properties: Annotated[list[str] | None, Field(description="All if left out.")] = None,
        index: Index = 1,
        format: Format = None,  # noqa: A002
    ) -> dict[str, Any]:
        """Estimate formation energy, band gap, bulk and shear modulus by small networks."""
        given = tools.given(file, text, index, format)
        return await tools.ask(ToolWorker.predicted, given, tuple(properties or ()))


def _add_corpus_tools(server: MCPServer, tools: Tools) -> None:
    """What is asked of the folder and its corpora."""

    @server.tool(annotations=READS)
    @told
    async def list_files() -> str:
        """List the structure files and corpora that can be read."""
        return await asyncio.to_thread(tools.files)

    @server.tool(annotations=READS)
    @told
    async def corpus_row(
        id: Annotated[str, Field(description="Such as mp-149.")],  # noqa: A002
        corpus: Annotated[str, Field(description="Its folder, or mini.")] = MINI,
        columns: Annotated[list[str] | None, Field(description="Usual ones if left out.")] = None,
        max_tokens: Most = None,
    ) -> dict[str, Any]:
        """Look up a crystal in a corpus: texts, facts and properties with units."""
        place, room = tools.folder.corpus(corpus), tools.room(max_tokens)
        return await tools.ask(ToolWorker.corpus_row, place, id, tuple(columns or ()), room)

    @server.tool(annotations=READS)
    @told
    async def search(
        query: Annotated[str, Field(description="Words, formulas, symbols; may be empty.")] = "",
        corpus: Annotated[str, Field(description="Its folder, or mini.")] = MINI,
        where: Annotated[
            str | None, Field(description="On columns: band_gap > 1 and dimensionality == 2")
        ] = None,
        like_file: Annotated[str | None, Field(description="A structure file to be like.")] = None,
        limit: Annotated[int, Field(ge=1, le=100, description="Hits at most.")] = 5,
        max_tokens: Most = None,
    ) -> dict[str, Any]:
        """Find crystals of a corpus by what they are; each hit says why it was found."""
        like = None if like_file is None else tools.given(like_file, None, 1, None)
        place = tools.folder.corpus(corpus)
        room = tools.room(max_tokens)
        question = (place, short(query), where, like, limit, room)
        return await tools.ask(ToolWorker.found, *question)


def told(tool: Any) -> Any:
    """The same tool, whose errors are answers that the client reads: a code and a remedy."""

    @wraps(tool)
    async def telling(*args: Any, **options: Any) -> Any:
        try:
            return await tool(*args, **options)
        except CrystextError as error:
            raise ToolError(f"[{error.code}] {error.message}") from error

    return telling
