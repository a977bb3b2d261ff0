"""Whether people, predictions and performance are still those of a reference. Needs scipy: never imported to score."""
