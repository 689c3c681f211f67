"""What runs beside Hermes in its container: the state record, the managed scope, the gateway's start."""
