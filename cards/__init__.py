"""Templates of the cards that published corpora and models carry: data, no code."""
