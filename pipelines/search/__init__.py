"""Finding crystals of a corpus by words, by facts, by likeness and by what their columns hold."""
