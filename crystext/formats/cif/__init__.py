"""CIF: each data block with atom sites is a structure; what it says twice has to agree."""

from crystext.formats.cif.blocks import split
from crystext.formats.cif.reading import read

__all__ = ["read", "split"]
