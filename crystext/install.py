"""How messages and cards say what to install."""

from __future__ import annotations

RELEASED = False
"""Whether PyPI has crystext; until then it is installed from a clone of its repository."""


def install_hint(*extras: str) -> str:
    """The command that installs crystext with some extras.

    >>> install_hint("model", "hub")
    "pip install '.[model,hub]' in a clone of crystext"
    """
    wanted = f"[{','.join(extras)}]" if extras else ""
    if RELEASED:
        return f"pip install 'crystext{wanted}'"
    return f"pip install '.{wanted}' in a clone of crystext"
