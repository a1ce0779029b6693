"""Runyard: a self-hosted CI/CD server and runner for GitHub Actions workflows."""

__version__ = "0.1.0"
