"""The commands behind the project's figures. A timing is printed, never asserted."""
