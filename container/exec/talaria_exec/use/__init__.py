"""What this container uses, as the kernel counts it. Nothing here remembers: whoever asks keeps what was told."""
