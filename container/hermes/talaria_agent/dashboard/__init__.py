"""Hermes' own dashboard: started on demand beside the gateway, and handed out to nobody but the Worker."""
