"""The models of the loan desk, the mobile app and the credit desk: their data, their training, their publishing."""
