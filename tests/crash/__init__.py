"""Processes, databases and connections killed at every moment: what was acknowledged is there, and all goes on."""
