"""Opens native model files and makes ONNX of them. Everything here but `report` runs in the sandboxed child only."""
