"""What happens in containers of its own, apart from the agent: tidying the repository, drills, comparisons."""
