"""A finished run on the Hub: its card, its citations, and what goes up."""
