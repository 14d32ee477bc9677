"""Small trained networks that come with the package; ``build.py`` trained them."""

from __future__ import annotations

from pathlib import Path

PROPERTIES = ("formation_energy_per_atom", "band_gap", "bulk_modulus", "shear_modulus")
WEIGHTS = Path(__file__).parent / "weights"
ENSEMBLE = "ensemble.json"
