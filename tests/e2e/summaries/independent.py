"""Summaries computed apart from ours, by Python's fractions: from what was reported and scored to what
the API shows, all of it.

Reads a world from standard input: its regions, instruments, cycles and cohorts as the API has them, and
what was published of them when. Writes the summary of each of its cases.
"""

import datetime
import json
import math
import sys
from fractions import Fraction
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "crates/domain/src/summary"))
from independent_statistics import rounded, shown, statistics  # noqa: E402

PILLARS = ["GOVERNANCE", "BRANDING", "ECONOMY", "LIVING", "SOCIETY", "ENVIRONMENT"]
COMPONENTS = ["BASELINE", "OUTPUT", "OUTCOME", "IMPACT", "QUICK_WIN"]
REASONS = ["NOTHING_PLANNED", "NOT_REPORTED", "NOT_SCORED", "INPUT_MISSING", "NO_EARLIER_INDEX"]
HUNDRED = Fraction(100)


class Null(str):
    """Why there is no figure."""


def is_value(figure):
    return not isinstance(figure, Null)


def without(missing, given, theirs):
    """Why there is none where some of what is needed is missing."""
    return Null("INPUT_MISSING" if given else theirs) if missing else None


def realisation(counts):
    if counts is None:
        return Null("NOT_REPORTED")
    running, planned = counts
    return HUNDRED * running / planned if planned else Null("NOTHING_PLANNED")


def realisations(tallies):
    """Of all pillars together, and the mean of theirs."""
    if why := without(len(tallies) < len(PILLARS), tallies, "NOT_REPORTED"):
        return why, why
    pooled = realisation([sum(counts) for counts in zip(*tallies.values())])
    each = [figure for figure in map(realisation, tallies.values()) if is_value(figure)]
    return pooled, sum(each) / len(each) if each else Null("NOTHING_PLANNED")


def index(instrument, scores):
    parts = [
        (Fraction(part["weight"]), scores[part["component"]])
        for part in instrument["components"]
        if is_value(scores[part["component"]])
    ]
    total = sum(weight for weight, _ in parts)
    if not parts or total < Fraction(instrument.get("availabilityThresholdPercent", 100)):
        return Null("INPUT_MISSING")
    if instrument.get("aggregation") == "AGGREGATION_HARMONIC":
        return total / sum(weight / score for weight, score in parts)
    return sum(weight * score for weight, score in parts) / total


def figures(instrument, publication, earlier):
    """Of each measure the figure of one revision, and whether its improvement is a break."""
    tallies = publication["tallies"]
    pooled, mean = realisations(tallies)
    given = {pillar: Fraction(score) for pillar, score in publication["pillarScores"].items()}
    low, high = scale(instrument)

    def on_scale(percent):
        return low + (high - low) * percent / HUNDRED if is_value(percent) else percent

    def component(part):
        match part["derivation"]:
            case "DERIVATION_MEAN_OF_PILLARS":
                why = without(len(given) < len(PILLARS), given, "NOT_SCORED")
                return why or sum(given.values()) / len(PILLARS)
            case "DERIVATION_POOLED_REALISATION":
                return on_scale(pooled)
            case "DERIVATION_MEAN_REALISATION":
                return on_scale(mean)
        score = publication["componentScores"].get(part["component"])
        return Null("NOT_SCORED") if score is None else Fraction(score)

    scores = {part["component"]: component(part) for part in instrument["components"]}
    whole = index(instrument, scores)
    found = {("INDEX",): whole, ("POOLED_REALISATION",): pooled}
    found["MEAN_OF_PILLARS_REALISATION",] = mean
    for pillar in PILLARS:
        name = "PILLAR_" + pillar
        found["PILLAR_REALISATION", name] = realisation(tallies.get(name))
        found["PILLAR_SCORE", name] = given.get(name, Null("NOT_SCORED"))
    found.update((("COMPONENT_SCORE", name), score) for name, score in scores.items())
    if earlier is None:
        improvement = Null("NO_EARLIER_INDEX")
    else:
        improvement = whole - earlier[0] if is_value(whole) else Null("INPUT_MISSING")
    found["IMPROVEMENT",] = improvement
    return found, earlier is not None and earlier[1] != publication["instrument"]


def scale(instrument):
    return Fraction(instrument["scale"]["minimum"]), Fraction(instrument["scale"]["maximum"])


class World:
    def __init__(self, given):
        self.given = given
        self.instruments, self.cycles = given["instruments"], given["cycles"]
        self.regions = {region["id"]: region for region in given["regions"]}
        self.states = {(of["region"], of["cycle"]): of["state"] for of in given["evaluations"]}
        # By region and cycle its revisions in their order: when, of what, and with which figures.
        self.revisions = {}
        for publication in given["publications"]:
            region, cycle = publication["region"], publication["cycle"]
            instrument = self.cycles[cycle]["instrument"].removeprefix("instruments/")
            publication["instrument"] = instrument
            found = figures(self.instruments[instrument], publication, self.earlier(region, cycle))
            self.revisions.setdefault((region, cycle), []).append((publication, *found))

    def earlier(self, region, cycle):
        """The newest index of the nearest earlier cycle that has one, and who scored it."""
        while cycle := self.cycles[cycle].get("previousCycle", "").removeprefix("cycles/"):
            if revisions := self.revisions.get((region, cycle)):
                publication, found, _ = revisions[-1]
                if is_value(found["INDEX",]):
                    return found["INDEX",], publication["instrument"]
        return None

    def is_expected(self, region, case):
        if case["cohort"] and region["id"] not in self.given["cohorts"][case["cohort"]]["members"]:
            return False
        if case["province"] and region["code"][:2] != case["province"]:
            return False
        listed = self.cycles[case["cycle"]].get("eligibleRegions")
        if listed:
            return region["id"] in listed
        return not region["ended"] or (region["id"], case["cycle"]) in self.states

    def survey(self, case):
        """Of whom there is a revision, which one, and who is missing."""
        present, missing = [], []
        for region in sorted(self.regions.values(), key=lambda region: region["code"]):
            if not self.is_expected(region, case):
                continue
            state = self.states.get((region["id"], case["cycle"]))
            until = case["until"]
            revisions = [
                revision
                for revision in self.revisions.get((region["id"], case["cycle"]), [])
                if until is None or revision[0]["time"] <= until
            ]
            if state in ("WITHDRAWN", "NOT_ASSESSABLE"):
                missing.append((region, state))
            elif state is None:
                missing.append((region, "NO_EVALUATION"))
            elif not revisions:
                missing.append((region, "NOT_PUBLISHED"))
            else:
                present.append((region, *revisions[-1]))
        return present, missing

    def population(self, case):
        if case["cohort"]:
            return self.given["cohorts"][case["cohort"]]["displayName"]
        return self.given["provinces"][case["province"]] if case["province"] else "Indonesia"

    def summary(self, case):
        present, missing = self.survey(case)
        name = self.cycles[case["cycle"]]["instrument"]
        instrument = self.instruments[name.removeprefix("instruments/")]
        names = [("INDEX",), ("IMPROVEMENT",), ("POOLED_REALISATION",)]
        names += [("MEAN_OF_PILLARS_REALISATION",)]
        names += [("PILLAR_REALISATION", "PILLAR_" + pillar) for pillar in PILLARS]
        names += [("PILLAR_SCORE", "PILLAR_" + pillar) for pillar in PILLARS]
        has = [part["component"] for part in instrument["components"]]
        components = ["COMPONENT_" + component for component in COMPONENTS]
        names += [("COMPONENT_SCORE", component) for component in components if component in has]
        times = [publication["time"] for _, publication, _, _ in present]
        return {
            "cycle": "cycles/" + case["cycle"],
            "simulated": False,
            "instrument": name,
            "population": {
                "cohort": case["cohort"] and "cohorts/" + case["cohort"],
                "province": case["province"] and "regions/" + case["province"],
                "displayName": self.population(case),
                "expectedCount": len(present) + len(missing),
                "presentCount": len(present),
            },
            "missing": [
                {
                    "region": "regions/" + region["code"],
                    "displayName": region["displayName"],
                    "reason": "REASON_" + reason,
                }
                for region, reason in missing
            ],
            "newestPublishTime": written(max(times)) if times else None,
            "quartileMethod": "QUARTILE_METHOD_LINEAR",
            "deviationMethod": "DEVIATION_METHOD_POPULATION",
            "measures": [measure(name, instrument, present) for name in names],
            "pooledRealisation": pooled(present, instrument["percentDecimals"]),
        }


def written(microseconds):
    """A time as ProtoJSON has it: with no decimals, three or six."""
    seconds, rest = divmod(microseconds, 10**6)
    time = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    decimals = f".{rest:06}" if rest % 1000 else f".{rest // 1000:03}" if rest else ""
    return f"{time:%Y-%m-%dT%H:%M:%S}{decimals}Z"


def decimal(fraction):
    """The shortest decimal of a fraction that is one."""
    text = rounded(fraction, 12)
    assert Fraction(text) == fraction
    return text.rstrip("0").rstrip(".")


def number(found):
    return dict(zip(["value", "unrounded", "exact"], found)) if found else None


def measure(name, instrument, present):
    percents, is_index = "REALISATION" in name[0], name == ("INDEX",)
    decimals = instrument["percentDecimals" if percents else "scoreDecimals"]
    low, high = (Fraction(0), HUNDRED) if percents else scale(instrument)
    if name == ("IMPROVEMENT",):
        low, high = low - high, high - low
    edges = [low + (high - low) * part / 10 for part in range(11)]
    values = [
        (region["code"], found[name] if is_value(found[name]) else None, is_break)
        for region, _, found, is_break in present
    ]
    nulls = [found[name] for _, _, found, _ in present if not is_value(found[name])]
    told = statistics({
        "regions": values,
        "breaks_apart": name == ("IMPROVEMENT",),
        "decimals": decimals,
        "edges": edges,
        "threshold": instrument["thresholdPercent"] if percents else None,
    })
    names = {region["code"]: region["displayName"] for region, *_ in present}

    def extreme(found):
        if not found:
            return None
        shown, codes, count = found
        return {
            "value": number(shown),
            "regions": ["regions/" + code for code in codes],
            "regionDisplayNames": [names[code] for code in codes],
            "regionCount": count,
        }

    answer = {
        "measure": "MEASURE_" + name[0],
        "pillar": name[1] if name[0].startswith("PILLAR_") else "PILLAR_UNSPECIFIED",
        "component": name[1] if name[0] == "COMPONENT_SCORE" else "COMPONENT_UNSPECIFIED",
        "count": told["count"],
        "nulls": [
            {"reason": "NULL_REASON_" + reason, "count": nulls.count(reason)}
            for reason in REASONS
            if reason in nulls
        ],
        "breakCount": told["breaks"],
        "mean": number(told.get("mean")),
        "standardDeviation": number(told.get("deviation")),
        "variance": number(told.get("variance") and shown(Fraction(told["variance"]), decimals)),
        "minimum": extreme(told.get("minimum")),
        "maximum": extreme(told.get("maximum")),
        "threshold": None,
        "bands": bands(instrument, values) if is_index else [],
        "histogram": [
            {"lower": decimal(lower), "upper": decimal(upper), "count": count}
            for lower, upper, count in zip(edges, edges[1:], told["histogram"])
        ],
    }
    quartiles = told.get("quartiles", [None] * 3)
    answer.update(zip(["lowerQuartile", "median", "upperQuartile"], map(number, quartiles)))
    if percents:
        count, share = told["reached"]
        answer["threshold"] = {
            "thresholdPercent": instrument["thresholdPercent"],
            "count": count,
            "sharePercent": share and number(shown(Fraction(share), decimals)),
        }
    return answer


def bands(instrument, values):
    """A band is up to but without its maximum, but for the last one."""
    given = instrument.get("bands", [])
    ends = [Fraction(band["maximum"]) for band in given[:-1]] + [math.inf]
    return [
        {
            "label": band["label"],
            "count": sum(
                value is not None and Fraction(band["minimum"]) <= value < end
                for _, value, _ in values
            ),
        }
        for band, end in zip(given, ends)
    ]


def pooled(present, decimals):
    tallies = [publication["tallies"] for _, publication, _, _ in present]
    counts = [counts for tally in tallies for counts in tally.values()]
    running, planned = (sum(each) for each in zip(*counts)) if counts else (0, 0)
    percent = realisation([running, planned])
    reported = [len(tally) for tally in tallies]
    return {
        "percent": number(shown(percent, decimals)) if is_value(percent) else None,
        "running": str(running),
        "planned": str(planned),
        "completeCount": reported.count(len(PILLARS)),
        "partialCount": sum(0 < count < len(PILLARS) for count in reported),
        "unreportedCount": reported.count(0),
    }


given = json.load(sys.stdin)
world = World(given)
json.dump([world.summary(case) for case in given["cases"]], sys.stdout)
