"""The record of this container, and what Hermes says about itself on disk."""
