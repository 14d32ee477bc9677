"""The columns of a corpus, with types, units and meaning: declared here and nowhere else.

A corpus is three tables. ``corpus`` has one row a described crystal; ``failures`` one row for every
other input; ``timings`` the seconds each took, which alone may differ between two builds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from crystext import choices
from crystext.choices import TOKEN_LIMIT
from crystext.errors import UsageError, shown
from crystext.representations.representation import REPRESENTATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SECTIONS = tuple(choices.SECTIONS.values())
FLOAT = pa.float64()


@dataclass(frozen=True)
class Property:
    """One property that a source gives for its crystals.

    Attributes:
        name: column name, for example ``formation_energy_per_atom``.
        unit: for example ``eV/atom``; empty for pure numbers.
        description: what it is, with the method where the source names it.
        kind: Arrow type.
    """

    name: str
    unit: str
    description: str
    kind: pa.DataType = FLOAT

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers; flags and texts are none."""
        return pa.types.is_floating(self.kind) or pa.types.is_integer(self.kind)

    def to_dict(self) -> dict[str, str]:
        """As it stands in a manifest."""
        return {
            "name": self.name,
            "unit": self.unit,
            "description": self.description,
            "type": str(self.kind),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, str]) -> Property:
        """The property that :meth:`to_dict` wrote.

        Raises:
            ValueError: there is no such type.
        """
        kind = pa.type_for_alias(told["type"])
        return cls(told["name"], told["unit"], told["description"], kind)

    def field(self) -> pa.Field:
        """The nullable column of this property."""
        return column(self.name, self.kind, self.description, self.unit)


def column(
    name: str, kind: pa.DataType, description: str, unit: str = "", *, nullable: bool = True
) -> pa.Field:
    """A column whose metadata carry its meaning and unit."""
    metadata = {"description": description} | ({"unit": unit} if unit else {})
    return pa.field(name, kind, nullable=nullable, metadata=metadata)


def _required(name: str, kind: pa.DataType, description: str, unit: str = "") -> pa.Field:
    return column(name, kind, description, unit, nullable=False)


_STRING, _INT = pa.string(), pa.int32()

CORE = (
    _required("id", _STRING, "id of the crystal, unique in its source"),
    _required("source", _STRING, "database that the crystal is from"),
    _required("formula", _STRING, "reduced formula, grouped by component where customary"),
    _required("elements", pa.list_(_STRING), "element symbols, sorted"),
    _required("n_sites", _INT, "sites of the cell as given"),
    _required("structure", _STRING, "the structure as given, as CIF"),
    _required(
        "structure_hash", _STRING, "SHA-256 of the cell, species and coordinates that the CIF holds"
    ),
    _required("text", _STRING, "the whole description"),
    _required("global_text", _STRING, "mineral, space group and makeup of components"),
    _required("local_text", _STRING, "sites, their geometry, bonds and polyhedra"),
    _required("fields_text", _STRING, "global facts as labelled fields"),
    _required("condensed", _STRING, "what the text says, as JSON in robocrys' form, 6 decimals"),
    column("mineral", _STRING, "mineral prototype with its suffix, null if none is known"),
    _required("crystal_system", _STRING, "crystal system"),
    _required("space_group_symbol", _STRING, "short Hermann-Mauguin symbol"),
    _required("space_group_number", _INT, "number in the International Tables, 1 to 230"),
    _required("dimensionality", _INT, "highest dimensionality of a component, 0 to 3"),
    _required("n_components", _INT, "components of the bonded network in the conventional cell"),
    _required("n_different_components", _INT, "structurally different components among them"),
    _required("symprec", pa.float64(), "symmetry tolerance that worked", "angstrom"),
    column("disorder", _STRING, "what was done to order a disordered crystal, null if ordered"),
    _required("notes", pa.list_(_STRING), "what was mended or doubtful in the input"),
)

FAILURES = pa.schema(
    [
        _required("id", _STRING, "id of the input"),
        _required("source", _STRING, "database that the input is from"),
        _required("stage", _STRING, "step that failed: read, describe or tokenize"),
        _required("code", _STRING, "stable error code"),
        _required("message", _STRING, "one line that names the value and the remedy"),
    ]
)

TIMINGS = pa.schema(
    [
        _required("id", _STRING, "id of the input"),
        _required("seconds", pa.float64(), "time that describing it took", "s"),
    ]
)


def token_columns(tokenizers: Iterable[str]) -> list[pa.Field]:
    """Token count of each section and truncation flags, for each tokenizer by its short name."""
    fields: list[pa.Field] = []
    for name in tokenizers:
        fields += [_tokens(section, name) for section in SECTIONS]
        flag = f"text has over {TOKEN_LIMIT} {name} tokens"
        fields.append(_required(f"truncated_{name}", pa.bool_(), flag))
    return fields


def representation_columns(names: Iterable[str], tokenizers: Iterable[str]) -> list[pa.Field]:
    """The columns of other texts of the crystals, and their token counts."""
    fields: list[pa.Field] = []
    for one in map(REPRESENTATIONS.__getitem__, names):
        fields.append(_required(one.column, _STRING, f"the crystal as {one.name}: {one.meaning}"))
        fields += [_tokens(one.column, tokenizer) for tokenizer in tokenizers]
    return fields


def _tokens(text: str, tokenizer: str) -> pa.Field:
    return _required(f"{text}_tokens_{tokenizer}", _INT, f"{tokenizer} tokens of {text}")


def corpus_schema(
    properties: Iterable[Property] = (),
    tokenizers: Iterable[str] = (),
    representations: Iterable[str] = (),
) -> pa.Schema:
    """Schema of the ``corpus`` table.

    Args:
        properties: the source's properties, one nullable column each.
        tokenizers: short names of the tokenizers that count.
        representations: names of the other texts, see :mod:`crystext.representations`.

    Raises:
        UsageError: a property has the name of another column.
    """
    tokenizers = list(tokenizers)
    fields = [
        *CORE,
        *token_columns(tokenizers),
        *representation_columns(representations, tokenizers),
        *(p.field() for p in properties),
    ]
    names = [field.name for field in fields]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"there are two columns {shown(twice[0])}; rename that property")
    return pa.schema(fields)


def target_schema(target: Property) -> pa.Schema:
    """Schema of one property's split files: id, texts and the target."""
    wanted = {"id", "formula", "text", "global_text", "local_text", "fields_text"}
    fields = [field for field in CORE if field.name in wanted]
    return pa.schema([*fields, column("target", target.kind, target.description, target.unit)])
