"""Long work as detached processes: a fixed id, a lock, a progress and a result file (design decision 2)."""
