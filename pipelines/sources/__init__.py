"""Where crystals come from: one short file a source."""
