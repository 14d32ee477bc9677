"""The files of a benchmark's folder: what they are called."""

RESULTS = "results.parquet"
ENSEMBLES = "ensembles.parquet"
PAGE = "report.html"
RUNS = "runs"
"""The folder of the runs, one a trial."""
FAILURE = "failure.json"
"""In a run's folder: why it has no metrics."""
