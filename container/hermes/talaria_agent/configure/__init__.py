"""What the stack declares, brought into Hermes' managed scope."""
