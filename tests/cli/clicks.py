#!/usr/bin/env python3
"""clicks.py - click tracks, and where the clicks of two of them fall in a mix.

    clicks.py make FILE.wav SECONDS BPM FIRST HZ GAIN    bursts of a tone over noise; GAIN in dB
    clicks.py meet FILE.wav HZ HZ FROM TO BPM            the greatest distance, in ms, between bursts of the two tones, from beat to beat of
                                                         BPM within FROM..TO s, and how many beats that were
    clicks.py loud FILE.wav FROM TO                      the level there, in dB, of both channels together
"""
import sys
import wave

import numpy as np

RATE = 44100


def make(path, seconds, bpm, first, hz, gain):
    n = int(seconds * RATE)
    x = np.random.default_rng(int(hz)).uniform(-0.05, 0.05, n)
    t = np.arange(int(0.08 * RATE)) / RATE
    burst = np.minimum(t / 0.001, 1) * np.exp(-20 * t) * np.sin(2 * np.pi * hz * t)
    beat, k = first, 0
    while beat < seconds - 0.1:
        at = int(round(beat * RATE))
        x[at:at + len(burst)] += burst * (0.4 if k % 4 == 0 else 0.3)
        beat, k = beat + 60 / bpm, k + 1
    pcm = np.repeat((x * 10 ** (gain / 20) * 32767).astype('<i2'), 2)
    with wave.open(path, 'wb') as w:
        w.setparams((2, 2, RATE, n, 'NONE', ''))
        w.writeframes(pcm.tobytes())


def read(path):
    with wave.open(path, 'rb') as w:
        assert w.getparams()[:3] == (2, 2, RATE)
        return np.frombuffer(w.readframes(w.getnframes()), '<i2').astype(float).reshape(-1, 2) / 32768


def envelope(x, hz):
    """Of what lies within 200 Hz of a tone: the magnitude of the band, moved to 0 Hz."""
    t = np.arange(len(x)) / RATE
    spectrum = np.fft.fft(x * np.exp(-2j * np.pi * hz * t))
    spectrum[np.abs(np.fft.fftfreq(len(x), 1 / RATE)) > 200] = 0
    return np.abs(np.fft.ifft(spectrum))


def onset(env, at):
    """The first moment within 100 ms of `at` at which half of the peak there is reached."""
    lo = int((at - 0.1) * RATE)
    part = env[lo:lo + int(0.2 * RATE)]
    return (lo + np.argmax(part > part.max() / 2)) / RATE


def meet(path, hz_a, hz_b, begin, end, bpm):
    x = read(path)[:, 0]
    a, b = envelope(x, hz_a), envelope(x, hz_b)
    beats = np.arange(begin + 60 / bpm, end - 30 / bpm, 60 / bpm)  # but for the ends, where one of them is silent
    apart = [abs(onset(a, beat) - onset(b, beat)) for beat in beats]
    print('%.1f %d' % (1000 * max(apart), len(beats)))


def loud(path, begin, end):
    x = read(path)[int(begin * RATE):int(end * RATE)]
    print('%.2f' % (10 * np.log10(np.mean(x * x))))


if __name__ == '__main__':
    command, path, *numbers = sys.argv[1:]
    {'make': make, 'meet': meet, 'loud': loud}[command](path, *map(float, numbers))
