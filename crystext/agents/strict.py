"""A server that reads every argument of a call, or says which one it does not know.

The SDK drops arguments that a tool does not have: a condition under a wrong name would be left out
in silence, and the answer would look like one to the whole question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError

from crystext.errors import UsageError, shown
from crystext.suggestions import did_you_mean

if TYPE_CHECKING:
    from mcp.types import CallToolResult, InputRequiredResult, Tool


class StrictServer(MCPServer):
    """The SDK's server: unknown arguments are refused, and refusals are one line with a remedy."""

    async def list_tools(self) -> list[Tool]:
        """The tools; their schemas say that there are no other arguments."""
        return [
            one.model_copy(
                update={"input_schema": {**one.input_schema, "additionalProperties": False}}
            )
            for one in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Any = None
    ) -> CallToolResult | InputRequiredResult:
        """Calls a tool.

        Raises:
            ToolError: the tool or an argument of it is not known, a value is not allowed, or the
                tool says why it has no answer.
        """
        known = await self.list_tools()
        tools = {one.name: one.input_schema.get("properties", {}) for one in known}
        if name not in tools:
            raise _refused(f"no tool is called {shown(name)}; {did_you_mean(name, tools)}")
        for given in arguments:
            if given not in tools[name]:
                remedy = did_you_mean(given, tools[name])
                raise _refused(f"{name} has no argument {shown(given)}; {remedy}")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise _refused(_plain(name, error.__cause__)) from error
            raise


def _refused(words: str) -> ToolError:
    return ToolError(f"[{UsageError.code}] {words}")


def _plain(tool: str, wrong: ValidationError) -> str:
    """What is wrong with the arguments, in one line without pydantic's addresses."""
    told = []
    for one in wrong.errors(include_url=False):
        argument = ".".join(str(part) for part in one["loc"])
        if one["type"] == "missing":
            told.append(f"{tool} needs the argument {argument}")
        else:
            told.append(f"{argument} {shown(one['input'])}: {one['msg']}")
    return "; ".join(told)
