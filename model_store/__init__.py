"""From bytes in S3 or a folder to a loaded, verified model."""
