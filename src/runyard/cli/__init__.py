"""The `runyard` command. One file per command; it wires the rooms together and holds no behaviour of its own."""
