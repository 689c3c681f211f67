"""Files that the stack declares: documents, skills, plugins. Documents are the agent's to edit; skills and plugins are not."""
