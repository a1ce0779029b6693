"""Executes tasks: one job, one thread, real processes on this machine.

Promises: a fresh workspace for every job, GitHub's step semantics, masked output, whole process trees that end when
a job ends. Importing this package costs nothing; the execution half (`runyard.runner.job`) knows no network, no
protobuf and no event loop. The `agent` half talks to any server of the runner protocol and hands tasks to the
execution half.
"""
