"""The workspace as packs that travel between boxes, and its files one by one."""
