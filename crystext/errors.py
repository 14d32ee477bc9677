"""Every error that crystext raises on purpose: one class, one stable code, one line that helps.

Five families: :class:`InputError` (the input cannot be read or is no crystal that can be
described), :class:`DescriptionError` (the crystal is fine, describing it did not end well),
:class:`SourceError` (a database cannot be had or read), :class:`PublishError` (a corpus cannot go
to the Hub) and :class:`UsageError` (a setting is wrong). The codes are stable: tables of failures,
exit messages and tests rely on them. The first line of each class' docstring is the meaning of its
code.
"""

from __future__ import annotations

from typing import ClassVar

_LONGEST_VALUE = 60


def shown(value: object) -> str:
    """A value as it stands in a message: quoted, on one line, at most 60 characters long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 2] + "…" + text[-1]


def first_line(error: BaseException) -> str:
    """Class and first line of an exception, for example ``ValueError: no such axis``."""
    lines = str(error).strip().splitlines()
    name = type(error).__name__
    return f"{name}: {lines[0][:200]}" if lines else name


def summary(error: BaseException) -> str:
    """Class and folded message of an exception, whose second line may say where it failed."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


class CrystextError(Exception):
    """Base of all errors; never raised itself.

    Errors survive pickling, as they cross processes; the exception they are chained to does not.

    Attributes:
        code: stable, kebab-case.
        message: one line that names the value and says what to do.
        crystal_id: id of the crystal, where one is known.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, crystal_id: str | None = None) -> None:
        """Folds the message into one line."""
        self.message = " ".join(str(message).split())
        self.crystal_id = crystal_id
        super().__init__(self.message)

    def with_id(self, crystal_id: str) -> CrystextError:
        """The same error, named after a crystal unless it already carries a name."""
        if self.crystal_id is None:
            self.crystal_id = crystal_id
        return self

    def to_dict(self) -> dict[str, str | None]:
        """``id``, ``code`` and ``message``: the columns of a table of failures."""
        return {"id": self.crystal_id, "code": self.code, "message": self.message}


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
    """Neither the name nor the content tells CIF, POSCAR or JSON."""

    code = "unknown-format"


class BadCifError(InputError):
    """The CIF cannot be understood."""

    code = "bad-cif"


class BadPoscarError(InputError):
    """The POSCAR cannot be understood, or names no elements."""

    code = "bad-poscar"


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
    """A lattice vector or a coordinate is NaN or infinite."""

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


class AtomsOverlapError(InputError):
    """Two atoms, periodic images included, lie on top of one another."""

    code = "atoms-overlap"


class TooManySitesError(InputError):
    """The cell has more sites than the limit that was set."""

    code = "too-many-sites"


class DuplicateIdError(InputError):
    """The source holds another crystal with this id, which is the one that is kept."""

    code = "duplicate-id"


class BadPropertyError(InputError):
    """The value of a property has not the type that its column has."""

    code = "bad-property"


class DescriptionError(CrystextError):
    """The crystal is valid, but describing it did not end well; never raised itself."""

    code = "description-failed"


class SymmetryFailedError(DescriptionError):
    """No space group is found at this symmetry tolerance."""

    code = "symmetry-failed"


class NeighborsFailedError(DescriptionError):
    """The neighbours of a site cannot be found, for example by a degenerate Voronoi cell."""

    code = "neighbors-failed"


class OxidationGuessFailedError(DescriptionError):
    """Oxidation states were asked for and cannot be guessed."""

    code = "oxidation-guess-failed"


class OxidationGuessTooLongError(DescriptionError):
    """Guessing oxidation states would take too long for this composition."""

    code = "oxidation-guess-too-long"


class TimeLimitError(DescriptionError):
    """Describing was ended by the time limit."""

    code = "time-limit"


class OnlineNameError(DescriptionError):
    """Names of molecules were asked for online, and the service did not answer."""

    code = "online-name-failed"


class WorkerDiedError(DescriptionError):
    """The worker process ended, for example for want of memory, before it gave a result."""

    code = "worker-died"


class EngineFailedError(DescriptionError):
    """The engine failed in a way that nobody foresaw: please report it with the structure."""

    code = "engine-failed"

    @classmethod
    def from_exception(
        cls, error: BaseException, *, crystal_id: str | None = None
    ) -> EngineFailedError:
        """Names the exception; raise the result ``from`` it to keep the chain.

        Args:
            error: what came out of the engine.
            crystal_id: id of the crystal that was being described.
        """
        message = f"the engine failed with {first_line(error)}; please report it with the structure"
        return cls(message, crystal_id=crystal_id)


class UsageError(CrystextError):
    """A setting has a value that is not allowed."""

    code = "wrong-setting"


class PublishError(CrystextError):
    """A corpus cannot be shown or published; never raised itself."""

    code = "not-published"


class IncompleteCardError(PublishError):
    """The manifest lacks a fact that the dataset card must state."""

    code = "incomplete-card"


class NoTokenError(PublishError):
    """No token for the Hub is found in its usual places."""

    code = "no-token"


class NotAllowedError(PublishError):
    """The Hub refuses the token, or the token may not write there."""

    code = "not-allowed"


class TagTakenError(PublishError):
    """The tag exists already and names another commit."""

    code = "tag-taken"


class StaleParentError(PublishError):
    """Somebody else committed while the corpus went up."""

    code = "stale-parent"


class PublishFailedError(PublishError):
    """The Hub did not answer, or not as expected; running the command again resumes."""

    code = "publish-failed"


class SourceError(CrystextError):
    """A database or a file of crystals cannot be had or read; never raised itself."""

    code = "source-failed"


class UnknownSourceError(SourceError):
    """No source has this name."""

    code = "unknown-source"


class UnknownIdError(SourceError):
    """The source holds no crystal with this id."""

    code = "unknown-id"


class MissingApiKeyError(SourceError):
    """The key for the Materials Project is not in the environment, or it is refused."""

    code = "missing-api-key"


class ApiFailedError(SourceError):
    """The Materials Project's API did not answer, or not as expected, in spite of retries."""

    code = "api-failed"


class BadTableError(SourceError):
    """A table of structures, properties or splits cannot be read or lacks a column."""

    code = "bad-table"


class UnsafePickleError(SourceError):
    """The pickle names classes or functions; only plain data are read, nothing is executed."""

    code = "unsafe-pickle"


class WrongCountError(SourceError):
    """The source or split does not hold as many crystals as the registry says."""

    code = "wrong-count"


class OverlappingSplitError(SourceError):
    """A crystal stands in two parts of a split, or a part has none."""

    code = "overlapping-split"


class DownloadFailedError(SourceError):
    """The file cannot be downloaded, in spite of retries."""

    code = "download-failed"


class HtmlInsteadOfDataError(SourceError):
    """A web page stands where the file should be."""

    code = "html-instead-of-data"


class WrongSizeError(SourceError):
    """The file has not the size that it should have."""

    code = "wrong-size"


class WrongHashError(SourceError):
    """The file is not the one in the registry: its SHA-256 differs."""

    code = "wrong-hash"


class MissingExtraError(CrystextError):
    """A package that this command needs is not installed."""

    code = "missing-extra"


class BuildError(CrystextError):
    """A corpus cannot be built where or as it was asked for; never raised itself."""

    code = "build-failed"


class CannotWriteError(BuildError):
    """The output cannot be written: no space, no permission, or a read-only file system."""

    code = "cannot-write"


class OutputTakenError(BuildError):
    """The output folder holds a finished corpus or other files, which are never overwritten."""

    code = "output-taken"


class UnfinishedBuildError(BuildError):
    """The output folder holds an unfinished build, and it was not asked to go on with it."""

    code = "unfinished-build"


class OtherBuildError(BuildError):
    """The unfinished build has other settings, versions or source: going on would mix the two."""

    code = "other-build"


class TokenizerFailedError(DescriptionError):
    """The tokenizer failed on the description."""

    code = "tokenizer-failed"


class NoTokenizerError(BuildError):
    """The tokenizer is not installed, not in the folder, or cannot be fetched."""

    code = "no-tokenizer"


class CorpusError(CrystextError):
    """The folder is no corpus that can be read; never raised itself."""

    code = "corpus-error"


class NoCorpusError(CorpusError):
    """There is no corpus of this name, or in this folder."""

    code = "no-corpus"


class UnfinishedCorpusError(CorpusError):
    """The folder holds a corpus that is not finished."""

    code = "unfinished-corpus"


class BadCorpusError(CorpusError):
    """Files of the corpus are missing, cut, damaged, or of another format."""

    code = "bad-corpus"


def all_codes() -> dict[str, str]:
    """All codes that can occur, in the order of this module, with their one-line meanings."""

    def leaves(cls: type[CrystextError]) -> list[type[CrystextError]]:
        children = cls.__subclasses__()
        return [leaf for child in children for leaf in leaves(child)] if children else [cls]

    return {leaf.code: (leaf.__doc__ or "").splitlines()[0] for leaf in leaves(CrystextError)}
