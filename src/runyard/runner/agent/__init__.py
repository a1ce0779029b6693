"""The runner as a client of a server: registers, asks for tasks, runs them in threads, reports, and stops when told to.

Works with Runyard's server (long polls, cancel in milliseconds) and with Gitea's and Forgejo's (short polls).
"""
