"""Opens native model files and makes ONNX of them.

What imports a framework runs in the confined child only; the parent imports no more than `report`, `wire`, `confine`.
"""
