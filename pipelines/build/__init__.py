"""Building a corpus: settings, chunks, workers, parts, the journal, and the files they become."""
