"""What can go wrong in describing a valid crystal."""

from __future__ import annotations

from crystext.errors.base import CrystextError, first_line


class DescriptionError(CrystextError):
    """The crystal is valid, but describing it did not end well; never raised itself."""

    code = "description-failed"


class SymmetryFailedError(DescriptionError):
    """No space group is found at this symmetry tolerance.

    Remedy: Try another tolerance, such as ``--symprec 0.1``.
    """


class NeighborsFailedError(DescriptionError):
    """The neighbours of a site cannot be found, for example by a degenerate Voronoi cell.

    Remedy: Look at the cell: atoms may lie too close or too far apart.
    """


class UnknownElementDataError(DescriptionError):
    """An element is so heavy that what its bonds are told by was never measured or calculated.

    Remedy: Leave the crystal out.
    """


class OxidationGuessFailedError(DescriptionError):
    """Oxidation states were asked for and cannot be guessed.

    Remedy: Leave ``--oxidation guess`` out, or put the states into the file.
    """


class OxidationGuessTooLongError(DescriptionError):
    """Guessing oxidation states would take too long for this composition.

    Remedy: Leave ``--oxidation guess`` out, or put the states into the file.
    """


class TimeLimitError(DescriptionError):
    """Describing was ended by the time limit.

    Remedy: Raise ``--timeout``, or leave the crystal out.
    """


class OnlineNameError(DescriptionError):
    """Names of molecules were asked for online, and the service did not answer.

    Remedy: Leave ``--online-names`` out, or try again later.
    """

    code = "online-name-failed"


class WorkerDiedError(DescriptionError):
    """The worker process ended, for example for want of memory, before it gave a result.

    Remedy: Give the process more memory, or use fewer workers.
    """


class WorkerNotStartedError(DescriptionError):
    """No worker process can be started, which is no crystal's fault: the work ends.

    Remedy: Use fewer workers; raise the limit of processes or memory.
    """


class EngineFailedError(DescriptionError):
    """The engine failed in a way that nobody foresaw: please report it with the structure.

    Remedy: Report it; ``--engine robocrys`` may describe the crystal meanwhile.
    """

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


class TokenizerFailedError(DescriptionError):
    """The tokenizer failed on the description.

    Remedy: Report it with the text; build without this tokenizer meanwhile.
    """
