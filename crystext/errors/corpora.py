"""What can go wrong with a corpus: its source, its build, its files, its way to the Hub."""

from __future__ import annotations

from crystext.errors.base import CrystextError


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


class ClusterLostError(BuildError):
    """The cluster that a build runs on does not answer any more, or has no workers left."""

    code = "cluster-lost"


class OtherBuildError(BuildError):
    """The unfinished build has other settings, versions or source: going on would mix the two."""

    code = "other-build"


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


class PublishError(CrystextError):
    """A corpus cannot be shown or published; never raised itself."""

    code = "not-published"


class IncompleteCardError(PublishError):
    """A fact that the card of a corpus or model must state is missing."""

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


class ChangedFileError(PublishError):
    """A file changed between the check and the upload; nothing was changed on the Hub."""

    code = "changed-file"


class OlderCorpusError(PublishError):
    """The repository holds a newer or larger corpus, or one of another source."""

    code = "older-corpus"


class StaleParentError(PublishError):
    """Somebody else committed while the corpus went up."""

    code = "stale-parent"


class PublishFailedError(PublishError):
    """The Hub did not answer, or not as expected; running the command again resumes."""

    code = "publish-failed"
