"""A page on this machine that describes what is dropped or pasted: ``crystext serve``."""
