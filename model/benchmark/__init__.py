"""The paper's tables, measured: suites, cells, splits, controls, statistics and results."""
