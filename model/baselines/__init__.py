"""What every network has to beat: boosted trees on classical descriptors."""
