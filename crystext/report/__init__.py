"""The report: one self-contained page that shows a corpus, its failures and every crystal."""
