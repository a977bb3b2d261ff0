"""Customers, score history, idempotency keys and the outbox: the adapters behind the ports of routing."""
