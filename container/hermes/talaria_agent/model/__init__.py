"""What the plugin adds to Hermes' requests to its model."""
