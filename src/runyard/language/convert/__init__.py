"""From a checked node tree to the model, with the checks that a schema cannot express."""
