#!/usr/bin/env python3
"""beats.py - how far apart the beats of two tracks are in a crossing, by where their sound is found.

    beats.py PAIR OUT-IN-MIX.wav OUT.wav IN-IN-MIX.wav IN.wav

PAIR holds the rows of the two. For each beat that was heard in a track, 0.8 s of the track's own onsets around it is looked
for (by correlation, at the speed it has there) in the track as it stands in the mix, within 80 ms of the place where the other one's beat is expected. Prints the
median distance in ms, the greatest but for one of twenty, how many beats that were, and the names.
"""
import json
import sys
import wave

import numpy as np

RATE, HOP, AROUND = 44100, 88, 5.0  # an onset value each 2 ms; seconds in front of the crossing


def onsets(path):
    """Rises of the logarithmic level in eight bands, summed."""
    with wave.open(path, 'rb') as w:
        x = np.frombuffer(w.readframes(w.getnframes()), '<i2').astype(float) / 32768
        if w.getnchannels() == 2:
            x = x.reshape(-1, 2).mean(axis=1)
    size = 512
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(x, size // 2), size)[::HOP]
    edges = np.unique(np.geomspace(1, size // 2, 9).astype(int))
    rises = np.zeros(len(frames))
    for i in range(0, len(frames), 8192):  # in pieces, for the memory's sake
        power = np.abs(np.fft.rfft(frames[i:i + 8192] * np.hanning(size))) ** 2
        bands = np.log(np.add.reduceat(power, edges, axis=1) + 1e-7)
        rises[i + 1:i + len(bands)] = np.maximum(np.diff(bands, axis=0), 0).sum(axis=1)
    return np.convolve(rises, np.hanning(7) / np.hanning(7).sum(), 'same')


def found(own, own_at, stretch, mixed, at):
    """Where in `mixed`, near `at` s, is what lies around own_at s of `own`, so much slower? NaN: nothing like it."""
    half, reach = int(0.4 * RATE / HOP), int(0.08 * RATE / HOP)
    m = int(round(at * RATE / HOP))
    if m < half + reach or m + half + reach > len(mixed):
        return np.nan
    want = np.interp(own_at * RATE / HOP + np.arange(-half, half) / stretch, np.arange(len(own)), own)
    want -= want.mean()
    best, place = 0.6, np.nan  # a correlation of less is no find
    for d in range(-reach, reach + 1):
        got = mixed[m + d - half:m + d + half]
        got = got - got.mean()
        r = np.dot(want, got) / (np.linalg.norm(want) * np.linalg.norm(got) + 1e-12)
        if r > best:
            best, place = r, (m + d) * HOP / RATE
    return place


def beats_between(row, begin, seconds):
    return [b for b in row['features']['beats_s'] if begin - 0.03 <= b <= begin + seconds + 0.03]


def main(pair, out_mixed, out_own, in_mixed, in_own):
    out, into = [json.loads(line) for line in open(pair)]
    t = out['transition']
    a = beats_between(out, t['cue_out_s'], t['length_s'])
    b = beats_between(into, t['cue_in_s'], t['length_s'] / t['stretch'])
    b = b[::max(1, round(len(b) / len(a)))]
    a = a[::max(1, round(len(a) / len(b)))]
    own = [onsets(out_own), onsets(in_own)]
    mixed = [onsets(out_mixed), onsets(in_mixed)]
    apart = []
    for x, y in list(zip(a, b))[1:-1]:  # at the ends one of them is silent
        at = AROUND + x - t['cue_out_s']
        apart.append(abs(found(own[0], x, 1, mixed[0], at) - found(own[1], y, t['stretch'], mixed[1], at)))
    apart = 1000 * np.array(apart)
    apart = apart[~np.isnan(apart)]
    names = ' -> '.join(row['path'].rsplit('/', 1)[-1] for row in (out, into))
    if len(apart) == 0:
        print('nan nan 0', names)
    else:
        print('%.1f %.1f %d %s' % (np.median(apart), np.quantile(apart, 0.95), len(apart), names))


if __name__ == '__main__':
    main(*sys.argv[1:])
