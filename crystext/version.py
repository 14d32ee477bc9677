"""The version, in a module of its own so that whoever names it need not import everything."""

__version__ = "0.2.0"
