"""How long does a search take beside FAISS, up to a million people, and is it the same verdict?

Up to 100,000 people the peers are the habit of a list of arrays (what `face_distance` does) and
FAISS's flat index, with one thread, taking turns. With a million: the time of a verdict, how many
verdicts are those of comparing everybody, what an enrolment takes, and the longest wait while
1,500 people a second are added. Half the probes are of people enrolled.

    python -m benchmarks.search [--million 1000000] [--probes 10000] [--json]
"""

import os

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# As in the server, and before numpy is imported.
os.environ.update(dict.fromkeys(_THREADS, "1"))

import argparse  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from dataclasses import asdict, dataclass  # noqa: E402

import faiss  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from benchmarks._search_data import Faces, faces  # noqa: E402
from benchmarks._search_grown import Enrolled, Grown, enrolment_ms, grow  # noqa: E402
from benchmarks._side_by_side import data_folder, medians_ms  # noqa: E402
from biometrics.calibrate import fit_policy  # noqa: E402
from biometrics.gallery import Gallery, Person, Template  # noqa: E402
from biometrics.identify import Identified, Policy, Verdict, identify, identify_many  # noqa: E402

SIZES = (1_000, 10_000, 100_000)
WANTED_RATIO = 1.3
WANTED_MS = 10.0
WANTED_AGREEMENT = 0.9999
WANTED_ENROL_MS = 10.0
_NEAREST = 4
_STRANGERS_PER_1000 = 3
_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class Beside:
    """Median times of one search, in ms.

    Attributes:
        people: In the gallery.
        list_ms: A list of arrays, all distances.
        faiss_ms: FAISS's flat index.
        ours_ms: The gallery's nearest.
        verdict_ms: The whole verdict.
        batch_ms: One of 16 verdicts that share a pass.
    """

    people: int
    list_ms: float
    faiss_ms: float
    ours_ms: float
    verdict_ms: float
    batch_ms: float

    @property
    def ratio(self) -> float:
        """Our time over FAISS's."""
        return self.ours_ms / self.faiss_ms


@dataclass(frozen=True, slots=True)
class Large:
    """What was measured with the large gallery.

    Attributes:
        people: In it.
        p50_ms: Of a verdict, one probe at a time.
        p95_ms: The same.
        p99_ms: The same.
        exact_ms: Median when everybody is compared.
        agreement: Share of verdicts that are those of comparing everybody: outcome and person.
        probes: How many.
        identified: How many were somebody, when everybody is compared.
        codes_s: Making the codes.
        fit_s: Fitting the policy.
        rows_mb: Memory of what a search reads: templates and codes.
        memory_mb: Memory of the gallery with everybody's own data, a template each.
    """

    people: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    exact_ms: float
    agreement: float
    probes: int
    identified: int
    codes_s: float
    fit_s: float
    rows_mb: float
    memory_mb: float


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints; 0 when the wanted numbers are reached, 1 when not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--million", type=int, default=1_000_000, help="people in the large one")
    parser.add_argument("--probes", type=int, default=10_000, help="verdicts compared there")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    spread = faces(data_folder())
    _say(f"Made-up people, {spread.source}; one thread.")
    besides = [beside(spread, size) for size in SIZES]
    _say(_told_beside(besides))
    gallery, memory_mb, probes = large_gallery(spread, options.million, options.probes)
    large = measure_large(gallery, probes, memory_mb)
    _say(_told_large(large))
    chance = np.random.default_rng(3)
    newcomers = spread.templates(spread.someone(40_000, chance), chance)
    enrol_100k = enrolment_ms(newcomers[:-200], newcomers[-200:], 100_000)
    grown = grow(gallery, [made(row, f"new {n}") for n, row in enumerate(newcomers)], probes)
    _say(_told_grown(enrol_100k, grown))
    ratio = besides[-1].ratio
    if options.json:
        facts = {
            "ratio_100k": round(ratio, 2),
            "p50_ms_1m": round(large.p50_ms, 2),
            "agreement_1m": large.agreement,
            "enrol_ms_100k": round(enrol_100k.whole_ms, 2),
            "memory_mb_1m": round(large.memory_mb),
            "beside": [asdict(row) for row in besides],
            "large": asdict(large),
            "enrolment": asdict(enrol_100k),
            "grown": asdict(grown),
        }
        _say(json.dumps(facts))
    reached = (
        ratio <= WANTED_RATIO
        and large.p50_ms <= WANTED_MS
        and large.agreement >= WANTED_AGREEMENT
        and enrol_100k.whole_ms < WANTED_ENROL_MS
    )
    return 0 if reached else 1


def beside(spread: Faces, size: int) -> Beside:
    """Ours and its peers with that many people."""
    chance = np.random.default_rng(size)
    rows = spread.templates(spread.someone(size, chance), chance)
    probes = spread.probes(spread.someone(16, chance), chance)
    gallery = gallery_of(rows)
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    faiss.omp_set_num_threads(1)
    listed = [row.astype(np.float64) for row in rows]
    policy = fit_policy(gallery, _STRANGERS_PER_1000).policy
    one, wide = probes[:1], probes[0].astype(np.float64)
    turns = 7 if size > 10_000 else 25
    faiss_ms, ours_ms, verdict_ms, batch_ms = medians_ms(
        [
            lambda: flat.search(one, _NEAREST),
            lambda: gallery.nearest(one, _NEAREST),
            lambda: identify(wide, gallery, policy),
            lambda: identify_many(list(probes), gallery, policy),
        ],
        rounds=turns * 3,
        calls=3,
    )
    (list_ms,) = medians_ms([lambda: np.linalg.norm(listed - wide, axis=1)], rounds=turns)
    return Beside(size, list_ms, faiss_ms, ours_ms, verdict_ms, batch_ms / len(probes))


def made(row: NDArray[np.floating], subject_id: str) -> Person:
    """A person with this template."""
    template = Template(encoding=row.astype(np.float64), sample_id=subject_id, encoder="benchmark")
    return Person(subject_id=subject_id, display_name=subject_id, templates=(template,))


def gallery_of(rows: NDArray[np.float32]) -> Gallery:
    """A gallery of people with these templates."""
    return Gallery.of((made(row, f"{number:032x}") for number, row in enumerate(rows)), "benchmark")


def large_gallery(
    spread: Faces, size: int, probes: int
) -> tuple[Gallery, float, NDArray[np.float32]]:
    """The large gallery, its memory in MB, and probes: half of people in it, half of strangers."""
    chance = np.random.default_rng(7)
    before_mb = resident_mb()
    people: list[Person] = []
    known = spread.someone(min(probes // 2, size), chance)
    while len(people) < size:
        some = known if not people else spread.someone(min(50_000, size - len(people)), chance)
        rows = spread.templates(some, chance)
        people += [made(row, f"{len(people) + n:032x}") for n, row in enumerate(rows)]
    gallery = Gallery.of(people, "benchmark")
    del people
    memory_mb = resident_mb() - before_mb
    searched = np.concatenate([known, spread.someone(probes - len(known), chance)])
    searched = searched[chance.permutation(len(searched))]
    return gallery, memory_mb, spread.probes(searched, chance)


def measure_large(gallery: Gallery, probes: NDArray[np.float32], memory_mb: float) -> Large:
    """Times verdicts one by one, and compares them with those of comparing everybody."""
    started_s = time.perf_counter()
    for block in gallery.wants_codes(0):
        block.make_codes()
    codes_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    policy = fit_policy(gallery, _STRANGERS_PER_1000).policy
    fit_s = time.perf_counter() - started_s
    taken, verdicts = [], []
    for probe in probes:
        started_s = time.perf_counter()
        verdicts.append(identify(probe, gallery, policy))
        taken.append((time.perf_counter() - started_s) * 1000)
    exact = _exact(gallery, probes, policy)
    same = sum(map(_same, verdicts, exact))
    (exact_ms,) = medians_ms(
        [lambda: identify_many([probes[0]], gallery, policy, exact=True)], rounds=9
    )
    codes = [block.coded.codes.bytes for block in gallery.blocks if block.coded is not None]
    rows = sum(block.vectors.nbytes for block in gallery.blocks)
    p50_ms, p95_ms, p99_ms = np.percentile(taken, (50, 95, 99))
    return Large(
        people=len(gallery),
        p50_ms=float(p50_ms),
        p95_ms=float(p95_ms),
        p99_ms=float(p99_ms),
        exact_ms=exact_ms,
        agreement=same / len(probes),
        probes=len(probes),
        identified=sum(isinstance(verdict, Identified) for verdict in exact),
        codes_s=codes_s,
        fit_s=fit_s,
        rows_mb=(rows + sum(codes)) / 1e6,
        memory_mb=memory_mb + sum(codes) / 1e6,
    )


def _exact(gallery: Gallery, probes: NDArray[np.float32], policy: Policy) -> list[Verdict]:
    return [
        verdict
        for start in range(0, len(probes), _AT_ONCE)
        for verdict in identify_many(
            list(probes[start : start + _AT_ONCE]), gallery, policy, exact=True
        )
    ]


def _same(one: Verdict, other: Verdict) -> bool:
    """The same outcome, and the same person where somebody is named."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Identified) and isinstance(other, Identified):
        return one.candidate.subject_id == other.candidate.subject_id
    return True


def resident_mb() -> float:
    """The memory that this process has; 0 where the system does not say so."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return 0.0


def _told_beside(rows: Sequence[Beside]) -> str:
    columns = f"{'people':>9}{'list of arrays':>16}{'FAISS flat':>12}{'ours':>9}{'ours/FAISS':>12}"
    lines = [f"{columns}{'verdict':>10}{'1 of 16':>10}   (ms; at most {WANTED_RATIO} x FAISS)"]
    lines += [
        f"{row.people:>9,}{row.list_ms:>16.2f}{row.faiss_ms:>12.3f}{row.ours_ms:>9.3f}"
        f"{row.ratio:>12.2f}{row.verdict_ms:>10.3f}{row.batch_ms:>10.3f}"
        for row in rows
    ]
    return "\n".join(lines)


def _told_large(large: Large) -> str:
    return (
        f"{large.people:,} people: a verdict p50 {large.p50_ms:.1f}, p95 {large.p95_ms:.1f}, "
        f"p99 {large.p99_ms:.1f} ms (wanted p50 {WANTED_MS:.0f}); comparing everybody "
        f"{large.exact_ms:.0f} ms\n"
        f"the same verdict in {large.agreement:.3%} of {large.probes:,} probes (wanted "
        f"{WANTED_AGREEMENT:.2%}); {large.identified:,} are somebody\n"
        f"memory {large.memory_mb:,.0f} MB with one template a person, of which a search reads "
        f"{large.rows_mb:,.0f} MB at most; codes made in {large.codes_s:.0f} s, policy fitted in "
        f"{large.fit_s:.1f} s"
    )


def _told_grown(enrolled: Enrolled, grown: Grown) -> str:
    return (
        f"an enrolment with {enrolled.people:,} people: {enrolled.gallery_ms:.2f} ms the gallery, "
        f"{enrolled.whole_ms:.2f} ms with the file (wanted {WANTED_ENROL_MS:.0f}), one more sample "
        f"{enrolled.again_ms:.2f} ms\n"
        f"growing from {grown.before:,} to {grown.after:,} in {grown.elapsed_s:.1f} s, "
        f"{grown.blocks} blocks of codes made meanwhile: longest search {grown.longest_ms:.0f} ms, "
        f"p50 {grown.p50_ms:.1f} ms; longest enrolment {grown.longest_enrolment_ms:.0f} ms"
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
