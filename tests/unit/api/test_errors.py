"""The table from error to status."""

import scoring.errors
from api import auth, content, limits, strict_json
from api.errors import DEFECT, KINDS, kind_of
from laboratory.ports import TooManyJobs
from routing import archive, audit, catalog, outcomes
from scoring.errors import ServiceError


def every_error() -> list[type[ServiceError]]:
    found = [ServiceError]
    for each in found:
        found += each.__subclasses__()
    api, business = (auth, content, limits, strict_json), (scoring.errors, archive, audit, catalog, outcomes)
    homes = {module.__name__ for module in (*api, *business)}
    return [each for each in found[1:] if each.__module__ in homes]


def test_every_error_that_a_client_may_be_told_about_has_a_4xx_or_503() -> None:
    for each in every_error():
        assert 400 <= kind_of(each).status < 500 or kind_of(each).status == 503, each


def test_what_nobody_foresaw_is_a_defect() -> None:
    assert kind_of(KeyError) is DEFECT


def test_an_error_without_a_line_of_its_own_has_that_of_its_base() -> None:
    class Wrong(scoring.errors.KeyReused):
        pass

    assert kind_of(Wrong) is KINDS[scoring.errors.KeyReused]


def test_what_may_be_retried_says_when_unless_the_error_knows_better() -> None:
    for error, kind in KINDS.items():
        passes = error in (scoring.errors.KeyInProgress, TooManyJobs)  # the other conflicts do not
        may_retry = kind.status == 503 or passes
        assert (kind.retry_after is not None) == may_retry, error


def test_a_name_means_one_status_and_fits_a_urn() -> None:
    by_name: dict[str, int] = {}
    for kind in KINDS.values():
        assert by_name.setdefault(kind.name, kind.status) == kind.status
        assert kind.type == f"urn:problem-type:credit-api:{kind.name}"
        assert kind.name.replace("-", "").isalpha()
