"""Hostile files are refused before anything in them acts; honest ones are read as joblib and pickle read them."""

from __future__ import annotations

import bz2
import functools
import gzip
import importlib
import io
import lzma
import operator
import os
import pickle
import runpy
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from model_store.compile.unpickle import RefusedPickle, unpickle
from tests.fakes.native_files import applicants, defaults

MOST = 10_000_000


class Calls:
    """Pickles as a call of `function`."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> Any:
        return self._call


class Named:
    """Pickles as the bare global `module.name`, called with `arguments`, whether or not it exists here."""

    def __init__(self, module: str, name: str, *arguments: Any) -> None:
        self.module, self.name, self.arguments = module, name, arguments

    def dumps(self) -> bytes:
        text = io.BytesIO()
        pickler = pickle.Pickler(text, protocol=4)
        pickler.dump(tuple(self.arguments))
        arguments = text.getvalue()[:-1]  # without its STOP
        return (
            arguments[:2]
            + _text(self.module)
            + _text(self.name)
            + b"\x93"
            + arguments[2:]
            + b"R."  # STACK_GLOBAL, REDUCE
        )


def _text(value: str) -> bytes:
    data = value.encode()
    return b"\x8c" + bytes([len(data)]) + data  # SHORT_BINUNICODE


def hostile(canary: Path) -> dict[str, bytes]:
    """Every payload would create the canary, by itself or with the command, if it were let act."""
    command, write = f"touch {canary}", f"open({str(canary)!r}, 'w').close()"
    calls: dict[str, Any] = {
        "os.system": Calls(os.system, command),
        "subprocess.Popen": Calls(subprocess.Popen, ["touch", str(canary)]),
        "builtins.eval": Calls(eval, write),
        "builtins.exec": Calls(exec, write),
        "builtins.open": Calls(open, str(canary), "w"),
        "importlib.import_module": Calls(importlib.import_module, "antigravity"),
        "functools.partial": Calls(functools.partial(os.system, command)),
        "operator.attrgetter": Calls(operator.attrgetter("system")),
        "operator.methodcaller": Calls(operator.methodcaller("touch"), canary),
        "runpy.run_path": Calls(runpy.run_path, str(canary)),
        "pathlib.Path": Calls(canary.touch),
        "pickle.loads": Calls(pickle.loads, pickle.dumps(Calls(os.system, command))),
        "joblib.load": Calls(joblib.load, str(canary)),
        "numpy.load": Calls(np.load, str(canary)),
        "numpy.memmap": Calls(np.memmap, str(canary), "uint8", "w+", 0, (4,)),
        "numpy.fromfile": Calls(np.fromfile, str(canary)),
        "in an estimator": make_pipeline(FunctionTransformer(os.system), LogisticRegression()),
        "in an object array": np.array([Calls(os.system, command)], dtype=object),
        "under an estimator's attribute": {"model": LogisticRegression(), "x": [Calls(os.system, command)]},
    }
    named = [
        Named("numpy.testing._private.utils", "runstring", write, {}),
        Named("numpy.f2py.capi_maps", "load_f2cmap_file", str(canary)),
        Named("numpy", "os.system", command),
        Named("sklearn.utils._testing", "TempMemmap", np.zeros(1)),
        Named("sklearn.datasets._base", "load_files", str(canary)),
        Named("sklearn.utils.parallel", "Parallel"),
        Named("sklearn.pipeline", "np.save", str(canary), np.zeros(1)),
        Named("sklearn.preprocessing._data", "np", str(canary)),
        Named("sklearn.ensemble._forest", "threading"),
        Named("scipy._lib._util", "getargspec_no_self"),
        Named("xgboost.core", "DMatrix", str(canary)),
        Named("joblib.numpy_pickle_compat", "NDArrayWrapper"),
        Named("builtins", "getattr", 1, "real"),
        Named("builtins", "type", "x", (), {}),
        Named("posix", "system", command),
        Named("_codecs", "encode", "text", "rot13"),
    ]
    payloads = {name: pickle.dumps(payload) for name, payload in calls.items()}
    payloads |= {f"{each.module}.{each.name}": each.dumps() for each in named}
    for compress in (0, 3, "gzip", "bz2", "lzma", "xz"):
        written = io.BytesIO()
        joblib.dump(calls["in an object array"], written, compress=compress)
        payloads[f"joblib, compress={compress}"] = written.getvalue()
    return payloads


@pytest.mark.parametrize("name", sorted(hostile(Path("canary"))))
def test_a_hostile_pickle_is_refused_and_nothing_in_it_acts(name: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    imported = set(sys.modules)

    with pytest.raises(RefusedPickle, match=r"it names|in another way"):
        unpickle(hostile(canary)[name], MOST)

    assert not canary.exists()
    assert not {"antigravity", "numpy.f2py", "sklearn.utils._testing"} & (set(sys.modules) - imported)


def test_the_canary_does_sing_where_nothing_guards_it(tmp_path: Path) -> None:
    canary = tmp_path / "canary"

    pickle.loads(hostile(canary)["os.system"])  # noqa: S301 # that it would act is the point

    assert canary.exists()


def test_state_cannot_be_pushed_onto_a_class() -> None:
    push = b"\x80\x04" + _text("sklearn.linear_model._logistic") + _text("LogisticRegression") + b"\x93"
    state = b"N}" + _text("predict_proba") + b"K\x01s\x86b."  # (None, {"predict_proba": 1}), BUILD

    with pytest.raises(RefusedPickle, match="changes a class"):
        unpickle(push + state, MOST)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_plain_pickle_of_any_protocol_is_read(protocol: int) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(applicants(), defaults(applicants()))

    found = unpickle(pickle.dumps(model, protocol), MOST)

    assert np.array_equal(found.predict_proba(applicants()), model.predict_proba(applicants()))


@pytest.mark.parametrize("compress", [0, 3, "zlib", "gzip", "bz2", "lzma", "xz"])
def test_a_joblib_file_is_read_however_it_was_compressed(compress: Any) -> None:
    model = MLPClassifier((4,), max_iter=400, tol=0.1, random_state=0)
    model.fit(StandardScaler().fit_transform(applicants()), defaults(applicants()))
    written = io.BytesIO()
    joblib.dump(model, written, compress=compress)

    found = unpickle(written.getvalue(), MOST)

    assert np.array_equal(found.predict_proba(applicants()), model.predict_proba(applicants()))


@pytest.mark.parametrize("compress", [zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_a_decompression_bomb_is_refused_before_it_unfolds(compress: Any) -> None:
    with pytest.raises(RefusedPickle, match="when decompressed"):
        unpickle(compress(bytes(MOST + 1)), MOST)


@pytest.mark.parametrize("data", [b"", b"not a pickle", pickle.dumps([1, 2])[:-2], b"\x78\x9cdamaged", b"(" * 10_000])
def test_a_broken_file_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedPickle):
        unpickle(data, MOST)


def test_a_ufunc_may_stand_in_a_pipeline() -> None:
    assert unpickle(pickle.dumps(FunctionTransformer(np.log1p)), MOST).func is np.log1p
