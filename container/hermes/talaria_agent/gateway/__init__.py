"""From a restored home to a running gateway."""
