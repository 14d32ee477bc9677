"""What can be wrong with an input: it cannot be read, or is no crystal to describe."""

from __future__ import annotations

from crystext.errors.base import CrystextError


class InputError(CrystextError):
    """The input cannot be read, or is no crystal that can be described; never raised itself."""

    code = "bad-input"


class UnreadableFileError(InputError):
    """The path is missing, is a folder, or may not be opened."""


class NoStructureFilesError(InputError):
    """The folder holds no file that is named like a structure file."""


class EmptyFileError(InputError):
    """The file or text has no content but white space."""


class BinaryFileError(InputError):
    """The file is not text: an archive, an image, or damaged."""


class TruncatedFileError(InputError):
    """The file ends too early: it was cut off, or its compressed data are damaged."""


class FileTooLargeError(InputError):
    """The file, once unpacked, is larger than the limit."""


class UnknownFormatError(InputError):
    """Neither the name nor the content tells a format that can be read."""


class BadFileError(InputError):
    """The file is not of its format: its reader failed on it."""


class BadCifError(InputError):
    """The CIF cannot be understood."""


class BadSymmetryError(InputError):
    """The symmetry that the file gives is no group, has no meaning, or does not fit its cell."""


class ContradictionError(InputError):
    """Two statements of the file cannot both be true, and nothing tells which one is."""


class ModulatedStructureError(InputError):
    """The structure is modulated or composite: no lattice of three dimensions repeats it."""


class MacromoleculeError(InputError):
    """The file is an mmCIF of a macromolecule."""


class BadPoscarError(InputError):
    """The POSCAR or XDATCAR cannot be understood, or names no elements."""


class BadXyzError(InputError):
    """The xyz or extended xyz cannot be understood."""


class BadXsfError(InputError):
    """The XSF cannot be understood."""


class BadCssrError(InputError):
    """The CSSR cannot be understood, or lists less than a whole cell."""


class BadShelxError(InputError):
    """The SHELX .res or .ins cannot be understood."""


class BadJsonError(InputError):
    """The JSON is not valid, or holds no structure in a known form."""


class BadObjectError(InputError):
    """The Python object is no structure in a known form."""


class SeveralStructuresError(InputError):
    """The input holds several structures where one is wanted."""


class NoAtomsError(InputError):
    """The structure has no atoms."""


class NotFiniteError(InputError):
    """A lattice vector or a coordinate is NaN or infinite, or beyond any cell."""


class ZeroVolumeError(InputError):
    """The lattice is flat, missing, or too small to hold its atoms."""


class UnknownSpeciesError(InputError):
    """A site holds a dummy atom or something that is no chemical element."""


class PartialOccupancyError(InputError):
    """A site is shared by several elements or only partly occupied."""


class CannotOrderError(InputError):
    """A disordered crystal has no ordered cell within the limits of the search."""


class AtomsOverlapError(InputError):
    """Two atoms, periodic images included, lie on top of one another."""


class TooManySitesError(InputError):
    """The cell has more sites than the limit that was set."""


class DuplicateIdError(InputError):
    """The source holds another crystal with this id, which is the one that is kept."""


class BadIdError(InputError):
    """The id or file name is no Unicode text: not UTF-8, or half a surrogate pair."""


class BadPropertyError(InputError):
    """The value of a property has not the type that its column has."""
