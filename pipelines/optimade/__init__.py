"""OPTIMADE, the interface that materials databases share: providers, pages, pinned snapshots."""
