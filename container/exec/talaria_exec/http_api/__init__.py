"""What the Worker asks, over HTTP."""
