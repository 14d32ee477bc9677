"""What a benchmark will cost, before any of it is spent."""
