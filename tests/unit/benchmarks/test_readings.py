"""What wrk, the kernel and Prometheus print, as numbers."""

from pathlib import Path

import pytest

from benchmarks import check, machine, processes, wrk

TOTALS = 'TOTALS {"requests":8000,"microseconds":4000000,"p50":1500,"p99":9000,"longest":20000,"refused":3,"broken":1}'
MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:26 / /dev/shm rw,nosuid - tmpfs tmpfs rw
31 22 254:1 / /data/bank rw shared:1 - xfs /dev/vdb rw
"""
METRICS = """\
# HELP credit_predictions_total Customers scored
credit_predictions_total{prediction_type="a",route="routes.new",stored="table"} 40.0
credit_predictions_total{prediction_type="b",route="routes.existing",stored="table"} 2.0
credit_predictions_total{prediction_type="b",route="routes.existing",stored="outbox"} 1.0
credit_predictions_total{prediction_type="b",route="routes.existing",stored="replay"} 7.0
"""


def test_totals_of_wrk_become_answers_a_second_and_milliseconds() -> None:
    load = wrk.parse(f"Running 4s test\n{TOTALS}\n", generator_cpu=0.5)
    assert load.per_second == 2000
    assert (load.p50, load.p99, load.longest) == (1.5, 9.0, 20.0)
    assert (load.refused, load.broken, load.generator_cpu) == (3, 1, 0.5)


@pytest.mark.parametrize("output", ["unable to connect", TOTALS.replace("8000", "0")])
def test_a_run_without_answers_is_no_measurement(output: str) -> None:
    with pytest.raises(wrk.LoadError):
        wrk.parse(output, generator_cpu=0.0)


def test_a_process_may_be_named_anything() -> None:
    after_name = ["S", "1", *["0"] * 9, "70", "30", "5", "5"]
    assert processes.cpu_ticks(f"42 (a ) b) {' '.join(after_name)}") == 100


def test_pss_is_read_in_megabytes() -> None:
    assert processes.pss_mb("Rss:  900000 kB\nPss:  125000 kB\nPss_Dirty: 1 kB\n") == 128.0
    assert processes.pss_mb("") == 0.0


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/var/lib", "ext4"), ("/dev/shm/run", "tmpfs"), ("/data/bank/x", "xfs"), ("/data/banks", "ext4")],  # noqa: S108
)
def test_the_nearest_mount_names_the_file_system(path: str, kind: str) -> None:
    assert machine.file_system(Path(path), MOUNTS) == kind


def test_the_processor_is_named_as_the_kernel_names_it() -> None:
    assert (
        machine.cpu_model("processor: 0\nmodel name\t: Some CPU @ 3 GHz\nmodel name\t: other\n") == "Some CPU @ 3 GHz"
    )


def test_stored_predictions_are_counted_over_all_routes_and_replays_are_not() -> None:
    assert check.counted(METRICS) == (42, 1)


def test_scores_that_differ_by_more_than_rounding_are_told() -> None:
    check.agree([600.0, 700.1], [600.1, 700.0])
    with pytest.raises(check.WrongAnswer, match=r"600\.0.*600\.3"):
        check.agree([600.0], [600.3])
