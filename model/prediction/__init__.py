"""From structures to values: a saved run is read, crystals are prepared, the network answers."""
