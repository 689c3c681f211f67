"""The user that Hermes runs as, and what has to belong to him."""
