"""Reads pickle and joblib files that hold fitted estimators, and nothing that could act.

A pickle names classes and functions and calls them. Here only names on a list are even imported: scikit-learn's
estimators and the helpers that they keep, XGBoost's models, numpy's arrays, numbers and ufuncs, and the few functions
that rebuild those. Everything else is refused before it is looked up. What this cannot rule out is a fault in the C
code of those classes, fed with forged numbers; the confinement of the child is there for that.
"""

from __future__ import annotations

import bz2
import importlib
import io
import lzma
import pickle
import re
import zlib
from types import FunctionType
from typing import Any, Protocol

import numpy as np
from joblib.numpy_pickle import NumpyUnpickler


class RefusedPickle(Exception):
    """The file names something that is not admitted, is too large, or is not a pickle; the message says which."""


def unpickle(data: bytes, most_bytes: int) -> Any:
    """The object in a pickle or joblib file, compressed by joblib or not. Raises RefusedPickle.

    A warning that the caller has turned into an error passes through.
    """
    plain = _decompressed(data, most_bytes)
    try:
        return _AllowListed("", io.BytesIO(plain), True).load()
    except (RefusedPickle, Warning):
        raise
    except Exception as error:  # a broken pickle can raise anything
        raise RefusedPickle(f"it is not a complete pickle or joblib file ({type(error).__name__})") from error


# ---------------------------------------------------------------- what may be named

_NAMED = {
    *(("builtins", each.__name__) for each in (bool, bytearray, bytes, complex, dict, float, frozenset, int, list)),
    *(("builtins", each.__name__) for each in (object, range, set, slice, str, tuple)),
    ("collections", "OrderedDict"),
    ("copyreg", "_reconstructor"),
    ("joblib.numpy_pickle", "NumpyArrayWrapper"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.random._mt19937", "MT19937"),
    ("numpy.random._pcg64", "PCG64"),
    ("numpy.random._pickle", "__bit_generator_ctor"),
    ("numpy.random._pickle", "__generator_ctor"),
    ("numpy.random._pickle", "__randomstate_ctor"),
    ("numpy.random.bit_generator", "SeedSequence"),
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence"),
    ("scipy._lib.array_api_compat.numpy._aliases", "asarray"),
    ("scipy.interpolate._bsplines", "BSpline"),
    ("scipy.interpolate._interpolate", "interp1d"),
    ("scipy.sparse._csr", "csr_matrix"),
    ("scipy.sparse._csc", "csc_matrix"),
    ("sklearn.calibration", "_CalibratedClassifier"),
    ("sklearn.calibration", "_SigmoidCalibration"),
    ("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor"),
    ("sklearn.feature_selection._univariate_selection", "chi2"),
    ("sklearn.feature_selection._univariate_selection", "f_classif"),
    ("sklearn.feature_selection._univariate_selection", "f_regression"),
    ("sklearn.metrics._dist_metrics", "newObj"),
    ("sklearn.neighbors._ball_tree", "BallTree"),
    ("sklearn.neighbors._ball_tree", "newObj"),
    ("sklearn.neighbors._kd_tree", "KDTree"),
    ("sklearn.neighbors._kd_tree", "newObj"),
    ("sklearn.tree._tree", "Tree"),
    ("sklearn.utils._bunch", "Bunch"),
    ("xgboost.core", "Booster"),
}
"""Exactly these, and what `_is_admitted` says of the modules below."""

_ESTIMATORS = re.compile(
    r"sklearn\.(calibration|cluster|compose|decomposition|discriminant_analysis|dummy|ensemble|feature_selection"
    r"|gaussian_process|impute|isotonic|kernel_approximation|linear_model|naive_bayes|neighbors|neural_network"
    r"|pipeline|preprocessing|svm|tree)(\._\w+|\.binning|\.gradient_boosting)*|xgboost\.sklearn"
)
_HELPERS = re.compile(
    r"sklearn\.(_loss\.(_loss|link|loss)|gaussian_process\.kernels|linear_model\._sgd_fast|metrics\._dist_metrics"
    r"|neural_network\._stochastic_optimizers)"
)
_NUMPY = re.compile(r"numpy(\._core\._multiarray_umath)?")
_ADVICE = {
    "sklearn.model_selection.": "save its best_estimator_",
    "lightgbm.": "save its booster_ as model.txt with save_model",
    "imblearn.": "save the fitted model without its resampling, which has no part in scoring",
}
_RENAMED = {"__builtin__": "builtins", "copy_reg": "copyreg"}


class _AllowListed(NumpyUnpickler):  # type: ignore[misc] # joblib ships no types
    """joblib's unpickler, which also reads plain pickles, and hands its `find_class` on to the pickles inside."""

    dispatch = NumpyUnpickler.dispatch.copy()

    def find_class(self, module: str, name: str) -> Any:
        """The class or function of this name, if it is admitted. Nothing else is imported."""
        module = re.sub(r"^numpy\.core\b", "numpy._core", _RENAMED.get(module, module))
        if (module, name) == ("_codecs", "encode"):  # how protocols 0 to 2 write bytes
            return _bytes_of
        if (module, name) in _NAMED:
            return getattr(importlib.import_module(module), name)
        if name.isidentifier() and any(each.fullmatch(module) for each in (_ESTIMATORS, _HELPERS, _NUMPY)):
            try:
                found = getattr(importlib.import_module(module), name, None)
            except ImportError:
                found = None
            if _is_admitted(found, module, name):
                return found
        advice = next((said for start, said in _ADVICE.items() if module.startswith(start)), "no model needs that")
        raise RefusedPickle(f"it names {module[:100]}.{name[:100]}; {advice}")

    def load_build(self) -> None:
        """State is given to objects, never to a class or function that later ones share."""
        if isinstance(self.stack[-2], type | FunctionType):
            raise RefusedPickle("it changes a class")
        NumpyUnpickler.load_build(self)

    dispatch[pickle.BUILD[0]] = load_build


def _is_admitted(found: object, module: str, name: str) -> bool:
    """A class where it is defined (of scikit-learn: an estimator), a numpy number type, or a ufunc."""
    if _NUMPY.fullmatch(module):
        return isinstance(found, np.ufunc) or (isinstance(found, type) and issubclass(found, np.generic))
    if not isinstance(found, type) or (found.__module__, found.__name__) != (module, name):
        return False
    return bool(_HELPERS.fullmatch(module)) or hasattr(found, "get_params")


def _bytes_of(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise RefusedPickle("it encodes text in another way than pickles do")
    return text.encode("latin1")


# ---------------------------------------------------------------- compression


class _Decompressor(Protocol):
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


def _decompressed(data: bytes, most_bytes: int) -> bytes:
    """The pickle inside whatever joblib compressed it with, if that is not larger than allowed."""
    decompressor: _Decompressor
    if data.startswith((b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b")):
        decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    elif data.startswith(b"BZh"):
        decompressor = bz2.BZ2Decompressor()
    elif data.startswith((b"\x5d\x00", b"\xfd7zXZ")):
        decompressor = lzma.LZMADecompressor()
    else:
        return data
    try:
        plain = decompressor.decompress(data, most_bytes + 1)
    except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
        raise RefusedPickle("its compression is damaged") from error
    if len(plain) > most_bytes:
        raise RefusedPickle(f"it has more than {most_bytes:,} bytes when decompressed")
    return plain
