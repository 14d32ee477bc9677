"""Results in the forms that the field's leaderboards take."""
