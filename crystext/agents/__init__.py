"""Tools for programs that speak the Model Context Protocol: what ``crystext mcp`` serves."""
