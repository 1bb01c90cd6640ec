#!/usr/bin/env python3
"""truth.py TRUTH.tsv... < ESTIMATES.tsv - how right tempo, key, beats, bars, chords and tuning are.

Lines of both: path<TAB>value<TAB>unit[<TAB>...]; other lines and units are passed over. Printed for
each unit and group (the first folder of the path), and for all groups together:

  bpm              Acc1: within 4 % of the truth; Acc2: or of 2, 3, 1/2, 1/3 times it (F. Gouyon et al.,
                   IEEE TASLP 14, 2006); median error and bias of the Acc1 hits in percent
  key              MIREX: 1 exact, 0.5 a fifth above in the same mode, 0.3 relative, 0.2 parallel
  beats, downbeats F-measure, 70 ms, from the fifth second on (S. Dixon, "Evaluation of the audio
                   beat tracking system BeatRoot", JNMR 36, 2007)
  chords           share of the time with the same root and mode; values are START=LABEL ... END=.
  cents            median distance, round the circle of 100 cents

What has a truth and no estimate counts as wrong. --self-test checks worked examples."""
import statistics
import sys

NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def pitch(name):
    return (NAMES[name[0].upper()] + name.count("#") - name[1:].count("b")) % 12


def tempo(estimate, truth):
    ratio = float(estimate) / float(truth)

    def near(multiple):
        return abs(ratio / multiple - 1) <= 0.04

    return near(1), any(near(m) for m in (1, 2, 3, 1 / 2, 1 / 3)), 100 * (ratio - 1) if near(1) else None


def key(estimate, truth):
    (a, mode_a), (b, mode_b) = ((pitch(t), m) for t, m in (k.split() for k in (estimate, truth)))
    if mode_a == mode_b:
        return (1.0 if a == b else 0.5 if (a - b) % 12 == 7 else 0.0,)
    if a == b:
        return (0.2,)
    return (0.3 if (a - b) % 12 == (9 if mode_b == "major" else 3) else 0.0,)


def f_measure(estimate, truth, window=0.07, first=5.0):
    est, ref = ([t for t in map(float, s.split()) if t >= first] for s in (estimate, truth))
    hits = i = 0
    for t in ref:
        while i < len(est) and est[i] < t - window - 1e-9:
            i += 1
        if i < len(est) and est[i] <= t + window + 1e-9:
            hits += 1
            i += 1
    return (2 * hits / (len(est) + len(ref)) if est or ref else 0.0,)


def spans(text):
    points = [p.split("=", 1) for p in text.split()]
    return [(float(a), float(b), label) for (a, label), (b, _) in zip(points, points[1:])]


def same_chord(a, b):
    if "N" in (a, b):
        return a == b
    (root_a, mode_a), (root_b, mode_b) = (c.split(":") for c in (a, b))
    return pitch(root_a) == pitch(root_b) and mode_a == mode_b


def chords(estimate, truth):
    est, ref = spans(estimate), spans(truth)
    good = sum(max(0.0, min(b, d) - max(a, c)) for a, b, x in ref for c, d, y in est if same_chord(x, y))
    total = sum(b - a for a, b, _ in ref)
    return (good / total if total else 0.0,)


def cents(estimate, truth):
    return (abs((float(estimate) - float(truth) + 50) % 100 - 50),)


SCORES = {"bpm": (tempo, (False, False, None)), "key": (key, (0.0,)), "beats": (f_measure, (0.0,)),
          "downbeats": (f_measure, (0.0,)), "chords": (chords, (0.0,)), "cents": (cents, (50.0,))}


def describe(unit, scores):
    n = len(scores)
    if unit == "bpm":
        hits = [s[2] for s in scores if s[2] is not None]
        text = "Acc1 %5.1f  Acc2 %5.1f" % tuple(100 * sum(s[k] for s in scores) / n for k in (0, 1))
        if hits:
            text += "  error %.2f %%  bias %+.2f %%" % (statistics.median(map(abs, hits)), statistics.median(hits))
        return text
    values = [s[0] for s in scores]
    if unit == "cents":
        return "median %.1f off" % statistics.median(values)
    if unit == "key":
        return "MIREX %.3f  exact %.1f %%" % (sum(values) / n, 100 * sum(v == 1 for v in values) / n)
    return ("overlap %.3f" if unit == "chords" else "F %.3f") % (sum(values) / n)


def read(lines):
    table = {}
    for line in lines:
        fields = line.rstrip("\n").split("\t")
        if len(fields) >= 3 and fields[2] in SCORES:
            table[fields[0], fields[2]] = fields[1]
    return table


def report(truth, estimates):
    for unit, (score, wrong) in SCORES.items():
        groups, missing = {}, 0
        for (path, what), value in sorted(truth.items()):
            if what != unit:
                continue
            estimate = estimates.get((path, unit))
            missing += not estimate
            groups.setdefault(path.split("/")[0], []).append(score(estimate, value) if estimate else wrong)
        if len(groups) > 1:
            groups["all"] = [s for g in groups.values() for s in g]
        for name, scores in groups.items():
            print("%-10s %-10s %4d  %s" % (unit, name, len(scores), describe(unit, scores)))
        if missing:
            print("%-10s %d without an estimate, counted as wrong" % (unit, missing))


def self_test():
    assert tempo("121", "120")[:2] == (True, True) and tempo("201", "100")[:2] == (False, True)
    assert tempo("140", "90")[:2] == (False, False)
    pairs = (("C major", "C major"), ("G major", "C major"), ("C major", "A minor"), ("C minor", "C major"))
    assert [key(*p)[0] for p in pairs] == [1, 0.5, 0.3, 0.2] and key("F major", "C major") == (0,)
    assert f_measure("5.05 6.10 7.00 8.00", "4 5 6 7 8") == (0.75,)  # hits at 5, 7, 8 of 4 and 4
    assert chords("0=C:maj 3=G:maj 4=.", "0=C:maj 2=G:maj 4=.") == (0.75,)
    assert chords("0=Db:maj 4=.", "0=C#:maj 4=.") == (1.0,) and cents("-48", "49") == (3,)


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    elif len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        tables = {}
        for name in sys.argv[1:]:
            with open(name, encoding="utf-8") as lines:
                tables.update(read(lines))
        report(tables, read(sys.stdin))
    else:
        sys.exit(__doc__)
