"""The decision maker of a run. Pure: no clock, no I/O, no randomness.

`decide(run, command)` answers with events, `evolve(run, event)` folds one into the state. Nothing else changes a status.
"""
