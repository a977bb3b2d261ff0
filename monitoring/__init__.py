"""What became of the service's predictions: reports and replays over the archive, for commands and the reports' API."""
