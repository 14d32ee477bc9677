"""Which properties the networks of the package predict, and where they stand."""

from __future__ import annotations

from pathlib import Path

PROPERTIES = ("formation_energy_per_atom", "band_gap", "bulk_modulus", "shear_modulus")
WEIGHTS = Path(__file__).parent / "weights"
ENSEMBLE = "ensemble.json"
