"""What may stand where: tables of keys, types, contexts and functions, for workflows and for action metadata.

`definition` holds the vocabulary, `scopes` the contexts of each place, the other modules the tables.
"""
