"""Pages for people, over the service's HTTP paths. Imports nothing of the service, and nothing imports it."""
