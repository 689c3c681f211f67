"""Files that the stack declares, brought into a tree that belongs to the agent: what it wrote is never lost."""
