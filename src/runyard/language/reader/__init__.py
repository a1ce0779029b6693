"""From text to a checked tree: YAML nodes with positions, then the schema's check of every node."""
