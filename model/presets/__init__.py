"""Settings by name, one TOML file each."""
