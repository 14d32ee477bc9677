"""What can go wrong with a corpus: its source, its build, its files, its way to the Hub."""

from __future__ import annotations

from crystext.errors.base import CrystextError


class SourceError(CrystextError):
    """A database or a file of crystals cannot be had or read; never raised itself."""

    code = "source-failed"


class UnknownSourceError(SourceError):
    """No source has this name."""


class UnknownIdError(SourceError):
    """The source holds no crystal with this id."""


class MissingApiKeyError(SourceError):
    """The key for the Materials Project is not in the environment, or it is refused."""


class ApiFailedError(SourceError):
    """The Materials Project's API did not answer, or not as expected, in spite of retries."""


class BadTableError(SourceError):
    """A table of structures, properties or splits cannot be read or lacks a column."""


class UnsafePickleError(SourceError):
    """The pickle names classes or functions; only plain data are read, nothing is executed."""


class WrongCountError(SourceError):
    """The source or split does not hold as many crystals as the registry says."""


class OverlappingSplitError(SourceError):
    """A crystal stands in two parts of a split, or a part has none."""


class DownloadFailedError(SourceError):
    """The file cannot be downloaded, in spite of retries."""


class HtmlInsteadOfDataError(SourceError):
    """A web page stands where the file should be."""


class WrongSizeError(SourceError):
    """The file has not the size that it should have."""


class WrongHashError(SourceError):
    """The file is not the one in the registry: its SHA-256 differs."""


class BuildError(CrystextError):
    """A corpus cannot be built where or as it was asked for; never raised itself."""

    code = "build-failed"


class CannotWriteError(BuildError):
    """The output cannot be written: no space, no permission, or a read-only file system."""


class OutputTakenError(BuildError):
    """The output folder holds a finished corpus or other files, which are never overwritten."""


class UnfinishedBuildError(BuildError):
    """The output folder holds an unfinished build, and it was not asked to go on with it."""


class ClusterLostError(BuildError):
    """The cluster that a build runs on does not answer any more, or has no workers left."""


class NothingDescribedError(BuildError):
    """Not one input of the build could be described; the failures say why."""


class OtherBuildError(BuildError):
    """The unfinished build has other settings, versions or source: going on would mix the two."""


class NoTokenizerError(BuildError):
    """The tokenizer is not installed, not in the folder, or cannot be fetched."""


class CorpusError(CrystextError):
    """The folder is no corpus that can be read; never raised itself."""

    code = "corpus-error"


class NoCorpusError(CorpusError):
    """There is no corpus of this name, or in this folder."""


class UnfinishedCorpusError(CorpusError):
    """The folder holds a corpus that is not finished."""


class BadCorpusError(CorpusError):
    """Files of the corpus are missing, cut, damaged, or of another format."""


class PublishError(CrystextError):
    """A corpus cannot be shown or published; never raised itself."""

    code = "not-published"


class IncompleteCardError(PublishError):
    """A fact that the card of a corpus or model must state is missing."""


class NoTokenError(PublishError):
    """No token for the Hub is found in its usual places."""


class NotAllowedError(PublishError):
    """The Hub refuses the token, or the token may not write there."""


class TagTakenError(PublishError):
    """The tag exists already and names another commit."""


class ChangedFileError(PublishError):
    """A file changed between the check and the upload; nothing was changed on the Hub."""


class OlderCorpusError(PublishError):
    """The repository holds a newer or larger corpus, or one of another source."""


class StaleParentError(PublishError):
    """Somebody else committed while the corpus went up."""


class PublishFailedError(PublishError):
    """The Hub did not answer, or not as expected; running the command again resumes."""
