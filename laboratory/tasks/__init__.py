"""What the analyst does: each task is a function of a request's body and of what the analyst has at hand."""
