"""The words of credit scoring: pure values and rules, no input or output."""
