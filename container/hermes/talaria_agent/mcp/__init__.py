"""The stack's MCP servers: as Hermes reads them, and the bridge to those that run in Exec."""
