"""Hermes' terminal somewhere else: commands run as jobs in Exec, asked for at the inside host. A plugin of Hermes."""
