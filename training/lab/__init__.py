"""The model laboratory at work: from any table to a tracked run and a bundle. Runs in processes of its own."""
