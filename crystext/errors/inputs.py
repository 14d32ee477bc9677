"""What can be wrong with an input: it cannot be read, or is no crystal to describe."""

from __future__ import annotations

from crystext.errors.base import CrystextError


class InputError(CrystextError):
    """The input cannot be read, or is no crystal that can be described; never raised itself."""

    code = "bad-input"


class UnreadableFileError(InputError):
    """The path is missing, is a folder, or may not be opened.

    Remedy: Check the path and the rights to read it; of a folder give its files.
    """


class NoStructureFilesError(InputError):
    """The folder holds no file that is named like a structure file.

    Remedy: Name the files as their format asks (``crystext describe --help``), or give one by its
    path.
    """


class EmptyFileError(InputError):
    """The file or text has no content but white space.

    Remedy: Write or copy the file again.
    """


class BinaryFileError(InputError):
    """The file is not text: an archive, an image, or damaged.

    Remedy: Unpack an archive first; ``.gz``, ``.bz2`` and ``.xz`` are unpacked for you.
    """


class TruncatedFileError(InputError):
    """The file ends too early: it was cut off, or its compressed data are damaged.

    Remedy: Copy or download the file again.
    """


class FileTooLargeError(InputError):
    """The file, once unpacked, is larger than the limit.

    Remedy: Split the file into smaller ones.
    """


class UnknownFormatError(InputError):
    """Neither the name nor the content tells a format that can be read.

    Remedy: Say the format with ``--from``, or rename the file.
    """


class BadFileError(InputError):
    """The file is not of its format: its reader failed on it.

    Remedy: Open the file in another program and write it again, for example as CIF.
    """


class BadCifError(InputError):
    """The CIF cannot be understood.

    Remedy: Mend the place that the message names, or write the CIF again with another program.
    """


class BadSymmetryError(InputError):
    """The symmetry that the file gives is no group, has no meaning, or does not fit its cell.

    Remedy: Correct the space group or its operations, or write the structure in P1.
    """


class ContradictionError(InputError):
    """Two statements of the file cannot both be true, and nothing tells which one is.

    Remedy: Correct one of the two statements that the message names.
    """


class ModulatedStructureError(InputError):
    """The structure is modulated or composite: no lattice of three dimensions repeats it.

    Remedy: Give the average structure, or a commensurate supercell.
    """


class MacromoleculeError(InputError):
    """The file is an mmCIF of a macromolecule.

    Remedy: Use a program for proteins; crystext describes crystals with small cells.
    """


class BadPoscarError(InputError):
    """The POSCAR or XDATCAR cannot be understood, or names no elements.

    Remedy: Mend the line that the message names; VASP 4 files need a line of elements.
    """


class BadXyzError(InputError):
    """The xyz or extended xyz cannot be understood.

    Remedy: Write it as extended xyz with a lattice in its comment line.
    """


class BadXsfError(InputError):
    """The XSF cannot be understood.

    Remedy: Mend the place that the message names, or write the structure as CIF.
    """


class BadCssrError(InputError):
    """The CSSR cannot be understood, or lists less than a whole cell.

    Remedy: Write the whole cell, or use CIF.
    """


class BadShelxError(InputError):
    """The SHELX .res or .ins cannot be understood.

    Remedy: Mend the place that the message names, or write the structure as CIF.
    """


class BadJsonError(InputError):
    """The JSON is not valid, or holds no structure in a known form.

    Remedy: Write the structure with ``as_dict()`` of pymatgen, or as OPTIMADE JSON.
    """


class BadObjectError(InputError):
    """The Python object is no structure in a known form.

    Remedy: Give a path, a text, or a structure of pymatgen, ASE or jarvis-tools.
    """


class SeveralStructuresError(InputError):
    """The input holds several structures where one is wanted.

    Remedy: Give one structure, or use a command that takes many.
    """


class NoAtomsError(InputError):
    """The structure has no atoms.

    Remedy: Give a structure with atoms; a CIF without sites describes no crystal.
    """


class NotFiniteError(InputError):
    """A lattice vector or a coordinate is NaN or infinite, or beyond any cell.

    Remedy: Correct the number that the message names.
    """


class ZeroVolumeError(InputError):
    """The lattice is flat, missing, or too small to hold its atoms.

    Remedy: Correct the lattice: lengths in angstrom, angles in degrees.
    """


class UnknownSpeciesError(InputError):
    """A site holds a dummy atom or something that is no chemical element.

    Remedy: Replace the species by a chemical element, or leave the site out.
    """


class PartialOccupancyError(InputError):
    """A site is shared by several elements or only partly occupied.

    Remedy: Ask for an ordered form: ``--disorder majority`` or ``--disorder order``.
    """


class CannotOrderError(InputError):
    """A disordered crystal has no ordered cell within the limits of the search.

    Remedy: Try the other way (``majority`` or ``order``), or order the crystal yourself.
    """


class AtomsOverlapError(InputError):
    """Two atoms, periodic images included, lie on top of one another.

    Remedy: Remove the second atom, or correct the coordinate that is wrong.
    """


class TooManySitesError(InputError):
    """The cell has more sites than the limit that was set.

    Remedy: Raise ``--max-sites``, or give the primitive cell.
    """


class DuplicateIdError(InputError):
    """The source holds another crystal with this id, which is the one that is kept.

    Remedy: Give each crystal an id of its own.
    """


class BadIdError(InputError):
    """The id or file name is no Unicode text: not UTF-8, or half a surrogate pair.

    Remedy: Rename the file or the id.
    """


class BadPropertyError(InputError):
    """The value of a property has not the type that its column has.

    Remedy: Correct the value, or leave the cell of the table empty.
    """


class OutsideFolderError(InputError):
    """The file that a tool was asked for is not in the folder that ``crystext mcp`` shares.

    Remedy: Name a file below that folder, or start the command with another one.
    """


class UnreadableTextError(InputError):
    """The text is not of the representation that it is said to be.

    Remedy: Correct the line that is named, or say another representation with ``--as``.
    """
