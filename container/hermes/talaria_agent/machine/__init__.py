"""What an operator may see of the container from outside: its processes, its ports, its configuration without secrets."""
