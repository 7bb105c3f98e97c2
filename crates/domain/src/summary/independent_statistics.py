"""The statistics of a summary, computed apart from ours: by Python's fractions, from their definitions.

Reads a JSON array of cases from standard input, and writes a JSON array of what is said of each.
`/tests/e2e/summaries/independent.py` makes whole summaries of it.
"""

import json
import math
import sys
from fractions import Fraction


def rounded(number, decimals):
    """Half up, away from zero, as text with exactly so many decimals."""
    scaled = abs(number) * 10**decimals
    units = math.floor(scaled + Fraction(1, 2))
    sign = "-" if number < 0 and units else ""
    return sign + with_point(units, decimals)


def rounded_root(number, decimals):
    """The root of a fraction, rounded half up: the largest r with (r - 1/2)^2 <= number."""
    scaled = number * 100**decimals
    units = math.isqrt(math.floor(scaled))
    while (units + Fraction(1, 2)) ** 2 <= scaled:
        units += 1
    return with_point(units, decimals)


def with_point(units, decimals):
    digits = str(units).rjust(decimals + 1, "0")
    return digits if decimals == 0 else digits[:-decimals] + "." + digits[-decimals:]


def quantile(ordered, share):
    """R's type 7: position 1 + (n - 1) p, counted from 1."""
    position = 1 + (len(ordered) - 1) * share
    below = math.floor(position)
    value = ordered[below - 1]
    if position > below:
        value += (position - below) * (ordered[below] - value)
    return value


def shown(number, decimals):
    return [rounded(number, decimals), rounded(number, 6), str(number)]


def statistics(case):
    decimals, edges = case["decimals"], [Fraction(edge) for edge in case["edges"]]
    regions = [
        (code, Fraction(value))
        for code, value, is_break in case["regions"]
        if value is not None and not (is_break and case["breaks_apart"])
    ]
    values = [value for _, value in regions]
    answer = {
        "count": len(values),
        "nulls": sum(value is None for _, value, _ in case["regions"]),
        "breaks": sum(
            value is not None and is_break and case["breaks_apart"]
            for _, value, is_break in case["regions"]
        ),
        "histogram": [
            sum(
                lower <= value < upper or (place == len(edges) - 2 and value == upper)
                for value in values
            )
            for place, (lower, upper) in enumerate(zip(edges, edges[1:]))
        ],
    }
    if case["threshold"] is not None:
        reached = sum(value >= Fraction(case["threshold"]) for value in values)
        share = str(Fraction(100 * reached, len(values))) if values else None
        answer["reached"] = [reached, share]
    if not values:
        return answer
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    ordered = sorted(values)
    answer["mean"] = shown(mean, decimals)
    answer["variance"] = str(variance)
    answer["deviation"] = [rounded_root(variance, decimals), rounded_root(variance, 6)]
    answer["quartiles"] = [shown(quantile(ordered, Fraction(n, 4)), decimals) for n in (1, 2, 3)]
    for name, extreme in (("minimum", min(values)), ("maximum", max(values))):
        whose = sorted(code for code, value in regions if value == extreme)
        answer[name] = [shown(extreme, decimals), whose[:10], len(whose)]
    return answer


if __name__ == "__main__":
    json.dump([statistics(case) for case in json.load(sys.stdin)], sys.stdout)
