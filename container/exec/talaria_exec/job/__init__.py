"""Jobs: one command each, found by an id that the caller made, with its bounded output."""
