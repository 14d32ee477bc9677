"""What can be wrong with an input: it cannot be read, or is no crystal to describe."""

from __future__ import annotations

from crystext.errors.base import CrystextError


class InputError(CrystextError):
    """The input cannot be read, or is no crystal that can be described; never raised itself."""

    code = "bad-input"


class UnreadableFileError(InputError):
    """The path is missing, is a folder, or may not be opened."""

    code = "unreadable-file"


class NoStructureFilesError(InputError):
    """The folder holds no file that is named like a structure file."""

    code = "no-structure-files"


class EmptyFileError(InputError):
    """The file or text has no content but white space."""

    code = "empty-file"


class BinaryFileError(InputError):
    """The file is not text: an archive, an image, or damaged."""

    code = "binary-file"


class TruncatedFileError(InputError):
    """The file ends too early: it was cut off, or its compressed data are damaged."""

    code = "truncated-file"


class FileTooLargeError(InputError):
    """The file, once unpacked, is larger than the limit."""

    code = "file-too-large"


class UnknownFormatError(InputError):
    """Neither the name nor the content tells a format that can be read."""

    code = "unknown-format"


class BadFileError(InputError):
    """The file is not of its format: its reader failed on it."""

    code = "bad-file"


class BadCifError(InputError):
    """The CIF cannot be understood."""

    code = "bad-cif"


class BadSymmetryError(InputError):
    """The symmetry that the file gives is no group, has no meaning, or does not fit its cell."""

    code = "bad-symmetry"


class ContradictionError(InputError):
    """Two statements of the file cannot both be true, and nothing tells which one is."""

    code = "contradiction"


class ModulatedStructureError(InputError):
    """The structure is modulated or composite: no lattice of three dimensions repeats it."""

    code = "modulated-structure"


class MacromoleculeError(InputError):
    """The file is an mmCIF of a macromolecule."""

    code = "macromolecule"


class BadPoscarError(InputError):
    """The POSCAR or XDATCAR cannot be understood, or names no elements."""

    code = "bad-poscar"


class BadXyzError(InputError):
    """The xyz or extended xyz cannot be understood."""

    code = "bad-xyz"


class BadXsfError(InputError):
    """The XSF cannot be understood."""

    code = "bad-xsf"


class BadCssrError(InputError):
    """The CSSR cannot be understood, or lists less than a whole cell."""

    code = "bad-cssr"


class BadShelxError(InputError):
    """The SHELX .res or .ins cannot be understood."""

    code = "bad-shelx"


class BadJsonError(InputError):
    """The JSON is not valid, or holds no structure in a known form."""

    code = "bad-json"


class BadObjectError(InputError):
    """The Python object is no structure in a known form."""

    code = "bad-object"


class SeveralStructuresError(InputError):
    """The input holds several structures where one is wanted."""

    code = "several-structures"


class NoAtomsError(InputError):
    """The structure has no atoms."""

    code = "no-atoms"


class NotFiniteError(InputError):
    """A lattice vector or a coordinate is NaN or infinite, or beyond any cell."""

    code = "not-finite"


class ZeroVolumeError(InputError):
    """The lattice is flat, missing, or too small to hold its atoms."""

    code = "zero-volume"


class UnknownSpeciesError(InputError):
    """A site holds a dummy atom or something that is no chemical element."""

    code = "unknown-species"


class PartialOccupancyError(InputError):
    """A site is shared by several elements or only partly occupied."""

    code = "partial-occupancy"


class CannotOrderError(InputError):
    """A disordered crystal has no ordered cell within the limits of the search."""

    code = "cannot-order"


class AtomsOverlapError(InputError):
    """Two atoms, periodic images included, lie on top of one another."""

    code = "atoms-overlap"


class TooManySitesError(InputError):
    """The cell has more sites than the limit that was set."""

    code = "too-many-sites"


class DuplicateIdError(InputError):
    """The source holds another crystal with this id, which is the one that is kept."""

    code = "duplicate-id"


class BadIdError(InputError):
    """The id or file name is no Unicode text: not UTF-8, or half a surrogate pair."""

    code = "bad-id"


class BadPropertyError(InputError):
    """The value of a property has not the type that its column has."""

    code = "bad-property"
