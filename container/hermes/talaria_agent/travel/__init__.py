"""A memory that leaves the repository, as a plain archive."""
