"""Expressions: `lexer` and `parser` make a `tree`, `evaluator` runs it, `interpolate` finds expressions in text."""
