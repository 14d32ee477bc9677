"""The facts of a description as numbers: what the text says before it is worded, for learning."""
