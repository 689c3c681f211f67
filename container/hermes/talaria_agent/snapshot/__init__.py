"""Snapshots of the home: mirror, manifest, restic, and the way back."""
