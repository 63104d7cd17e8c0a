"""The questions the numbers ask of the tables: counts only, never rows of people.

They read answers and invitations through their indexes (measure and day; send cohort). Daily and monthly rollups are
meant to stand in front of them: deltas appended by the event fan-out, folded in the background, read as rollup plus
unfolded deltas, so that a number is exact at once. The shape of a rollup row is the one these queries return: key, value, count.
"""
