"""Many runs at once on one GPU, in steps that are recorded once and repeated.

``flat``: weights of networks as one array, and AdamW on it; ``steps``: a step, recorded; ``runs``:
what of runs goes in; ``results``: what comes out; ``lanes``: which runs are where, and when.
"""
