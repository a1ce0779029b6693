"""Rules about correctness, one idea per file."""
