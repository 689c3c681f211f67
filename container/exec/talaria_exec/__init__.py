"""The supervisor in the Exec container: jobs whose whole process tree ends, and the workspace's packs. See ../README.md."""

__version__ = "0.1.0"
