"""Crystals as the other texts that language models are compared on, and back where that goes."""
