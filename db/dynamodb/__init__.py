"""Customers, history and idempotency keys in DynamoDB."""
