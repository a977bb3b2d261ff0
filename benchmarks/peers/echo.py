"""The floor: Flask that parses a JSON body and sends it back."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

app = Flask(__name__)


@app.get("/health")
def health() -> Response:
    """Say that this process answers."""
    return jsonify(status="ok")


@app.post("/new")
@app.post("/existing")
def echo() -> Response:
    """Send the body back."""
    return jsonify(request.get_json())
