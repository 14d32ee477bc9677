"""Crystals as graphs: neighbours, line graph, quotient by symmetry, store; numpy alone.

:func:`crystal_graphs` builds the full graphs of some crystals at once, :func:`quotient` folds them,
and both come as :class:`GraphArrays`, the flat arrays that are stored and trained on.
"""
