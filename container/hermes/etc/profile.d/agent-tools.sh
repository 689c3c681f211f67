# Hermes runs the agent's commands by way of a login shell, whose /etc/profile forgets the PATH that it was given.
[ "$(id -u)" -eq 0 ] || PATH="${TALARIA_HANDS:+$TALARIA_HANDS:}$HOME/.local/bin:$PATH"
