"""The kinds of steps (what they do) and the policies around them (whether, how long, and what a failure means)."""
