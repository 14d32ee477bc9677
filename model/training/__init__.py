"""Fitting a network: schedule, steps, checkpoints, logs, and the run that holds them together."""
