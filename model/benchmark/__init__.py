"""The paper's tables, measured: suites, trials, splits, controls, statistics and results."""
