"""Programs that an operator starts in the agent's container, with the agent's own rights and no more."""
