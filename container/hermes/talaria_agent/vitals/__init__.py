"""What an alarm needs to know of a running Hermes: read from its files and from the kernel, without asking or waking it."""
