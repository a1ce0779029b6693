"""How much of a file we are willing to read. The defaults are GitHub's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Settings of the reader.

    `file_size` in characters; `depth` of nested sequences and mappings; `nodes` with every use of an alias counted;
    `result_size` in estimated bytes after aliases are expanded; `jobs` over all files; `call_depth`: how many reusable
    workflows may lie below the first file; `called_files`: how many different ones.
    """

    file_size: int = 1_048_576
    depth: int = 50
    nodes: int = 50_000
    result_size: int = 10 * 1024 * 1024
    errors: int = 10
    error_length: int = 500
    expression_length: int = 21_000
    expression_depth: int = 50
    jobs: int = 10_000
    call_depth: int = 9
    called_files: int = 50


DEFAULT_LIMITS = Limits()
