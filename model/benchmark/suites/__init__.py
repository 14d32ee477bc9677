"""Suites by name, one TOML file each, and the paper's figures."""
