"""robocrys' own options for the commands that describe, under two headings of their help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crystext.choices import AMOUNTS, SWITCHES

if TYPE_CHECKING:
    from crystext.cli.options import Command

_AMOUNTS = {
    "bond_length_decimal_places": (click.IntRange(0, 15), 2, "Decimals of bond lengths."),
    "distorted_tol": (
        click.FloatRange(0, 2),
        0.6,
        "Order parameter below which a geometry is distorted.",
    ),
}
_CELL = (
    *("use_conventional_cell", "match_minerals", "use_symmetry_equivalent_sites"),
    *("simplify_molecules", "use_iupac_formula", "use_common_formulas"),
)


class GroupedCommand(click.Command):
    """A command whose help lists robocrys' options apart, after its own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options, a list under each heading."""
        own = "Options"
        cell = "What of the crystal is described, as robocrys has it"
        text = "What the text says, as robocrys has it"
        rows: dict[str, list[tuple[str, str]]] = {own: [], cell: [], text: []}
        for param in self.get_params(ctx):
            named = param.name in SWITCHES or param.name in AMOUNTS
            heading = own if not named else cell if param.name in _CELL else text
            if isinstance(param, click.Argument):
                continue  # the usage names it; newer releases of click give it an empty row
            if record := param.get_help_record(ctx):
                rows[heading].append(record)
        for heading, held in rows.items():
            with formatter.section(heading):
                formatter.write_dl(held)


def robocrys_options(command: Command) -> Command:
    """Adds a flag for every option of robocrys' condenser and describer."""
    for name, (kind, usual, words) in reversed(_AMOUNTS.items()):
        command = click.option(AMOUNTS[name], name, type=kind, default=usual, help=words)(command)
    for name, (flag, _, words) in reversed(SWITCHES.items()):
        command = click.option(flag, name, is_flag=True, help=words)(command)
    return command


def chosen(options: dict[str, Any]) -> dict[str, Any]:
    """The settings that were asked for, by robocrys' names.

    Args:
        options: of the command.
    """
    found = {name: value for name, (_, value, _) in SWITCHES.items() if options[name]}
    usual = {name: amount for name, (_, amount, _) in _AMOUNTS.items()}
    return found | {n: options[n] for n in AMOUNTS if options[n] != usual[n]}
