"""The Hugging Face Hub: one connection, releases of corpora and models."""
