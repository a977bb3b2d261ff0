from benchmarks import check, report
from benchmarks.measure import Window
from benchmarks.processes import Started
from benchmarks.wrk import Load


def window(server: str, turn: int, per_second: int, refused: int = 0) -> Window:
    load = Load(
        per_second * 2, 2.0, p50=1.0, p99=per_second / 100, longest=9, refused=refused, broken=0, generator_cpu=0
    )
    return Window(server, "new", turn, load, cpu_us=300.0 + turn, others=0.0)


WINDOWS = [window("ours", i, speed) for i, speed in enumerate((1000, 2000, 900))] + [
    window("peer", i, speed) for i, speed in enumerate((2000, 8000, 1000))
]


def test_each_figure_is_the_median_of_its_windows() -> None:
    assert report.medians(WINDOWS[:3]) == {"per_second": 1000, "p50": 1.0, "p99": 10.0, "cpu_us": 301.0}


def test_a_ratio_compares_windows_of_the_same_turn() -> None:
    assert report.ratio(WINDOWS, "new", "ours", "peer") == 0.5  # of 0.5, 0.25 and 0.9


def test_a_line_shows_the_ratio_to_every_other_server() -> None:
    lines = report.load_table(WINDOWS, beside=("peer",))
    assert lines[0] == "| load | server | requests/s | x peer | p50 ms | p99 ms | server CPU us/request |"
    assert lines[1] == "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    assert lines[2:] == [
        "| new | ours | 1,000 | 0.50 | 1.00 | 10.00 | 301 |",
        "| new | peer | 2,000 |  | 1.00 | 20.00 | 301 |",
    ]


def test_a_start_is_the_median_of_several() -> None:
    starts = {"ours": [Started(1.0, 1.5), Started(3.0, 3.5), Started(1.2, 1.25)]}
    assert report.start_table(starts, {"ours": 91.4})[2] == "| ours | 1.20 | 1.50 | 91 |"


def test_a_window_with_a_refused_request_is_told() -> None:
    assert check.refused(WINDOWS) == []
    assert check.refused([window("ours", 0, 100, refused=2)]) == [
        "ours, new: 2 of 200 answers had an error status, 0 requests had none"
    ]
