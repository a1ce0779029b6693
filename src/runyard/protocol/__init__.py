"""What crosses the wire: the runner protocol's messages (`.proto` files and what protoc made of them).

`make proto` regenerates `generated/`. This room knows no behaviour.
"""
