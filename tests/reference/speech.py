"""Write the golden vectors of speech features: librosa's and SciPy's results for synthetic sounds.

    python tests/reference/speech.py            write tests/fixtures/speech
    python tests/reference/speech.py --check    compute again and compare with the committed files

Into tests/fixtures/speech/, for each sound:

    NAME_samples.npy    int16, 16 kHz, one channel
    NAME_frames.npy     float32, frames x 98, in the order of docs/reference/speech.md
    NAME_clip.npy       float32, 368 statistics of these frames, in the order of docs/reference/speech.md

Every sound is computed here; none was recorded. Spectra, mel bands, centroid, bandwidth, rolloff and flatness are
librosa's, filter and cosine transform SciPy's. The pitch is computed by the sums of the YIN paper (de Cheveigne and
Kawahara 2002), without a Fourier transform. All is in double precision.
"""

import argparse
import sys
from pathlib import Path

import librosa
import numpy as np
from scipy.fft import dct
from scipy.signal import chirp, lfilter

OUT = Path(__file__).resolve().parents[1] / "fixtures" / "speech"
TOLERANCE = 1e-4

RATE, WINDOW, HOP, FFT = 16000, 400, 160, 512
FLOOR = 1e-10
BAND_FLOOR = 1e-8
LOWEST_HZ, HIGHEST_HZ, THRESHOLD, COMPARED = 60, 600, 0.2, 480
MAX_LAG = RATE // LOWEST_HZ + 1
SPAN = COMPARED + MAX_LAG + 1
DECIBEL = np.log(10) / 10


def voice(pitch: np.ndarray, slope: float) -> np.ndarray:
    """A tone of ten harmonics, each `slope` times the one before, with the pitch in Hz at each sample."""
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    return sum(slope**k * np.sin(k * phase + k) for k in range(1, 11))


def sounds() -> dict[str, np.ndarray]:
    """The sounds by name, in full scale -1 to 1."""
    at = np.arange(int(0.6 * RATE)) / RATE
    random = np.random.default_rng(1)
    vibrato = voice(180 + 20 * np.sin(2 * np.pi * 5 * at), 0.7) * (0.2 + 0.15 * np.sin(2 * np.pi * 3 * at))
    bursts = random.normal(0, 0.1, len(at)) * (np.sin(2 * np.pi * 4 * at) > 0.2)
    phrase = np.random.default_rng(2).normal(0, 1e-3, int(1.6 * RATE))
    for start, length, low, high in [(0.4, 0.25, 140, 210), (0.75, 0.12, 230, 200), (0.95, 0.3, 190, 110)]:
        count = int(length * RATE)
        syllable = voice(np.linspace(low, high, count), 0.75) * np.hanning(count) * 0.25
        phrase[int(start * RATE) :][:count] += syllable
    phrase[int(0.68 * RATE) :][:1000] += np.random.default_rng(3).normal(0, 0.03, 1000)
    glide = voice(np.geomspace(75, 420, len(at)), 0.5) * 0.3
    return {
        "chirp": 0.5 * chirp(at, 80, at[-1], 7000, method="logarithmic"),
        "vibrato": vibrato,
        "bursts": bursts,
        "phrase": phrase,
        "glide": glide + random.normal(0, 0.01, len(at)) + 0.1,
    }


def yin(x: np.ndarray) -> tuple[float, float]:
    """Pitch in Hz and voicing of a span, by the sums of the paper."""
    if np.mean(x[:COMPARED] ** 2) <= FLOOR:
        return np.sqrt(LOWEST_HZ * HIGHEST_HZ), 0.0
    lags = np.arange(1, MAX_LAG + 2)
    d = np.array([np.sum((x[:COMPARED] - x[lag : lag + COMPARED]) ** 2) for lag in lags])
    normal = np.concatenate([[1], d * lags / np.maximum(np.cumsum(d), 1e-300)])
    first = RATE // HIGHEST_HZ
    below = np.flatnonzero(normal[first : MAX_LAG + 1] < THRESHOLD)
    if len(below):
        lag = first + below[0]
        while lag < MAX_LAG and normal[lag + 1] < normal[lag]:
            lag += 1
    else:
        lag = first + int(np.argmin(normal[first : MAX_LAG + 1]))
    a, b, c = normal[lag - 1 : lag + 2]
    curve = a - 2 * b + c
    shift = np.clip(0.5 * (a - c) / curve, -1, 1) if curve > 1e-9 else 0.0
    return float(np.clip(RATE / (lag + shift), LOWEST_HZ, HIGHEST_HZ)), float(1 - np.clip(b, 0, 1))


def harmonics(power: np.ndarray, pitch: float) -> list[float]:
    """Levels of the first harmonic above others, in dB."""
    level = 10 * np.log10(power + FLOOR)

    def harmonic(k: int) -> float:
        center = int(np.floor(k * pitch * FFT / RATE + 0.5))
        return level[center - 1 : center + 2].max()

    def band(low: int, high: int) -> float:
        return level[low * FFT // RATE : high * FFT // RATE + 1].max()

    others = [harmonic(2), harmonic(3), band(200, 1000), band(1000, 2300), band(2300, 3700)]
    return [harmonic(1) - other for other in others]


def frames(samples: np.ndarray) -> np.ndarray:
    """The features of 16-bit samples."""
    x = samples / 32768.0
    pole = 1 - 2 * np.pi * 20 / RATE
    x = lfilter([1, -1], [1, -pole], x, zi=[-x[0]])[0]
    count = 1 + (len(x) - WINDOW) // HOP

    # librosa puts the shorter window into the middle of the transform.
    shift = (FFT - WINDOW) // 2
    padded = np.pad(x, (shift, FFT))
    window = np.hanning(WINDOW + 1)[:-1]
    stft = librosa.stft(padded, n_fft=FFT, hop_length=HOP, win_length=WINDOW, window=window, center=False)
    power = np.abs(stft[:, :count]) ** 2

    mel = librosa.filters.mel(sr=RATE, n_fft=FFT, n_mels=64, fmin=20, fmax=8000, htk=True, norm=None, dtype=np.float64)
    log_mel = np.log(mel @ power + BAND_FLOOR)
    cepstrum = dct(log_mel, type=2, norm="ortho", axis=0)[:20]

    floored = power + FLOOR
    centroid = librosa.feature.spectral_centroid(S=floored, sr=RATE)[0]
    spread = librosa.feature.spectral_bandwidth(S=floored, sr=RATE, p=2)[0]
    rolloff = librosa.feature.spectral_rolloff(S=floored, sr=RATE, roll_percent=0.85)[0]
    flatness = np.log(librosa.feature.spectral_flatness(S=floored, power=1.0, amin=1e-30)[0])
    unit = np.sqrt(floored / floored.sum(0))
    flux = np.concatenate([[0], np.linalg.norm(np.diff(unit, axis=1), axis=0)])

    before = (SPAN - WINDOW) // 2
    around = np.pad(x, (before, SPAN))
    rows = []
    for frame in range(count):
        start = frame * HOP
        pitch, voicing = yin(around[start : start + SPAN])
        part = x[start : start + WINDOW]
        energy = 10 * np.log10(np.sum((part * window) ** 2) / np.sum(window**2) + FLOOR)
        crossings = np.mean(np.append(np.diff(np.signbit(part).astype(int)) != 0, False))
        shape = [centroid[frame], spread[frame], rolloff[frame], flatness[frame], flux[frame]]
        rows.append([np.log(pitch), voicing, energy, *shape, crossings, *harmonics(power[:, frame], pitch)])
    return np.concatenate([log_mel.T, cepstrum.T, np.array(rows)], axis=1).astype(np.float32)


def changes(x: np.ndarray) -> np.ndarray:
    """Slopes of regression over two frames to each side, with the edges repeated."""
    p = np.pad(x, ((2, 2), (0, 0)), "edge")
    return (2 * (p[4:] - p[:-4]) + p[3:-1] - p[1:-3]) / 10


def slope(x: np.ndarray) -> float:
    return np.polyfit(np.linspace(-1, 1, len(x)), x, 1)[0]


def limit(f: np.ndarray, loud: np.ndarray, peak: float) -> None:
    """Adds a noise 65 dB below the loudest sound to the levels, and makes them relative to those of loud frames."""
    f[:, 86] = np.logaddexp(f[:, 86] * DECIBEL, (peak - 65) * DECIBEL) / DECIBEL
    level = f[loud, 86].mean()
    f[:, 86] -= level
    strongest = np.percentile(f[loud, :64].max(1), 98)
    f[:, :64] = np.logaddexp(f[:, :64], strongest - 65 * DECIBEL) - level * DECIBEL
    f[:, 64:84] = dct(f[:, :64], type=2, norm="ortho", axis=1)[:, :20]


def clip(frames: np.ndarray) -> np.ndarray:
    """The statistics of the speech in frames; none if nothing is voiced."""
    energy = np.convolve(np.pad(frames[:, 86], 2, "edge"), np.ones(5) / 5, "valid")
    peak, floor = np.percentile(energy, [98, 10])
    loud = energy >= min(peak - 6, max(peak - 30, floor + 0.25 * (peak - floor)))
    first, last = np.flatnonzero(loud)[[0, -1]]
    part = slice(max(0, first - 10), last + 11)
    f, loud = frames[part], loud[part]
    f[:, 87:90] = np.log(f[:, 87:90] + 50)
    limit(f, loud, peak)
    voiced = loud & (frames[part, 85] >= 0.7)
    if not voiced.any():
        return np.zeros(0, np.float32)
    spoken = voiced if voiced.sum() > 5 else loud
    tones = 12 * np.log2(np.exp(f[:, 84:85]) / 100)
    tone, step = tones[spoken, 0], changes(tones)[spoken, 0]
    power, move = f[loud, 86], changes(f[:, 86:87])[loud, 0]
    fifths = [5, 25, 50, 75, 95]
    quantiles = np.percentile(tone, fifths)
    pitch = [*quantiles, tone.mean(), tone.std(), quantiles[4] - quantiles[0], np.abs(step).mean(), step.std()]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced, [0]])))
    runs, seconds = np.diff(edges)[::2] / 100, len(f) / 100
    tempo = [voiced.mean(), f[loud, 85].mean(), f[loud, 85].std(), np.log(seconds), len(runs) / seconds]
    tempo += [runs.mean(), runs.max(), 1 - loud.mean(), np.log(loud.sum() / 100)]
    waves = np.abs(np.fft.rfft((f[:, 86] - f[:, 86].mean()) * np.hanning(len(f)), 1024)) ** 2
    hertz = np.fft.rfftfreq(1024, 0.01)
    bands = zip([0.5, 2, 4, 6, 8, 12], [2, 4, 6, 8, 12, 20], strict=True)
    rhythm = [waves[(hertz >= low) & (hertz < high)].sum() / (waves[1:].sum() + 1e-9) for low, high in bands]
    mel, cepstra, shape, levels = f[:, :64], f[:, 64:84], f[:, 87:93], f[:, 93:]
    first_change = changes(cepstra)
    parts = [
        *[mel[loud].mean(0), mel[loud].std(0), cepstra[loud].mean(0), cepstra[loud].std(0), first_change[loud].std(0)],
        *[pitch, [slope(tone)], [power.std()], np.percentile(power, fifths)],
        *[[move.std(), np.abs(move).mean(), slope(power)], tempo],
        *[changes(first_change)[loud].std(0), changes(mel)[loud].std(0), shape[loud].mean(0), shape[loud].std(0)],
        *[levels[spoken].mean(0), levels[spoken].std(0), *np.percentile(cepstra[loud, :13], [10, 90], axis=0)],
        *[np.median(cepstra[spoken, :13], axis=0), np.log(np.array(rhythm) + 1e-6)],
    ]
    return np.concatenate(parts).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed files")
    check = parser.parse_args().check
    OUT.mkdir(parents=True, exist_ok=True)
    wrong = []
    for name, sound in sounds().items():
        assert np.abs(sound).max() < 1, name
        samples = np.round(sound * 32767).astype(np.int16)
        rows = frames(samples)
        results = {"samples": samples, "frames": rows, "clip": clip(rows.astype(np.float64))}
        for part, values in results.items():
            path = OUT / f"{name}_{part}.npy"
            if not check:
                np.save(path, values)
            elif not np.allclose(np.load(path), values, rtol=0, atol=TOLERANCE):
                wrong.append(path.name)
    if wrong:
        sys.exit(f"other values: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
