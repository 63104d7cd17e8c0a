"""Adding up by bins gives the very numbers that sorting everything gives."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.cases.policy.figures import stats
from aftersales_api.cases.policy.tally import EDGES, Spread, bin_of, range_of
from aftersales_api.cases.service.tallying import cut
from aftersales_api.kit.local_time import start_of_day

durations = st.lists(st.integers(0, 40_000_000) | st.integers(0, 200), max_size=60)


@given(st.integers(0, 2**31 - 2))
def test_each_duration_lies_in_the_bin_that_names_it(seconds):
    low, high = range_of(bin_of(seconds))

    assert low <= seconds < high


def test_bins_are_exact_at_first_and_two_percent_wide_later():
    assert EDGES[:64] == tuple(range(64))
    assert all(high - low <= max(1, low // 50 + 1) for low, high in pairwise(EDGES))


def spread_of(summed, known, gone):
    spread = Spread(known=list(known), gone=list(gone))
    spread.add_bins({str(number): count for number, count in Counter(map(bin_of, summed)).items()}, sum(summed))
    return spread


@given(durations, durations, durations)
def test_percentiles_by_bin_are_those_of_all_durations(kept, known, gone):
    """Kept and gone ones are in the bins; only the wanted bins are ever looked into."""
    summed = [*kept, *gone]
    spread = spread_of(summed, known, gone)
    fetched = {number: Counter(each for each in summed if bin_of(each) == number) for number in spread.bins_wanted()}

    assert spread.stats(fetched) == stats([*kept, *known])


@given(durations)
def test_few_bins_are_looked_into_whatever_the_number_of_durations(kept):
    assert len(spread_of(kept, [], []).bins_wanted()) <= 4


minutes = st.integers(0, 60 * 24 * 730)
BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)


@given(minutes, st.timedeltas(timedelta(seconds=1), timedelta(days=500)))
def test_a_period_is_cut_into_pieces_that_follow_each_other(start, length):
    zone, start = "Europe/Madrid", BEGINNING + start * timedelta(minutes=1)
    pieces, broken = cut(start, start + length, zone)
    spans = [(start_of_day(each.first, zone), start_of_day(each.last, zone)) for each in pieces]
    whole = sorted([*spans, *broken])

    if pieces:
        assert (whole[0][0], whole[-1][1]) == (start, start + length)
        assert all(left[1] == right[0] for left, right in pairwise(whole))
        assert all(each.first.day == each.last.day == 1 for each in pieces if each.grain == "m")
    else:
        assert length < timedelta(days=2, hours=1)
