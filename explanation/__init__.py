"""What a score rests on and what would have changed it, in words for the person whom it is about."""
