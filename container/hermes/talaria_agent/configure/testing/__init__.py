"""What tests of the configuration share; not in the image."""
