"""Process 1 of the Hermes image."""
