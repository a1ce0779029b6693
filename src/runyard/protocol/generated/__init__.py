"""Made by `make proto`; not edited by hand."""
