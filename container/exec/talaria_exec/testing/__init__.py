"""For the tests alone: a supervisor in a process of its own, and what they look at."""
