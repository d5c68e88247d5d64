"""How often is a stranger named, and an enrolled person missed: default and fitted policies?

Open-set identification on lfw-dev as NIST's paperless-travel study does it: people with at least
four pictures are enrolled with three and searched with the fourth, the gallery is filled up to
420 with people who have two or three, and one picture of everybody else is a stranger. The peer
is the habit of taking the nearest raw encoding within 0.6. The same with probes made from the
templates of small galleries: their mean, and the centre of the smallest ball round them.

    python -m benchmarks.openset [--data DIR] [--people 420] [--seeds 3] [--json] [--prior]

The first run encodes 5,298 pictures (3 minutes) and keeps the encodings in the user's cache
folder, where `python -m biometrics evaluate` has them too, never in the repository.

`--prior` measures nothing: it learns `biometrics/prior.json` again from the same encodings, with
the numbers in `biometrics/prior.py` as they are, and writes it.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks._openset_data import (
    SAMPLES,
    People,
    Picture,
    Split,
    encoded,
    first_pictures,
    split,
)
from biometrics.calibrate import STRANGERS_PER_1000, fit_policy
from biometrics.encode import open_encoder
from biometrics.evaluation.evaluate import default_cache
from biometrics.evaluation.progress import Progress
from biometrics.faces import Encoding
from biometrics.gallery import Gallery, Person, Template, unit_length
from biometrics.identify import DEFAULT_POLICY, Ambiguous, Identified, Policy, identify
from biometrics.learn import learn

ROOT = Path(__file__).resolve().parent.parent
PRIOR = ROOT / "biometrics" / "prior.json"
NAIVE_THRESHOLD = 0.6
"""What face_recognition's documentation suggests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Shares of one rule over all seeds.

    Args:
        rule: Which.
        fpir: Strangers named as somebody.
        fnir: Enrolled people not identified as themselves.
        wrong_name: Enrolled people identified as somebody else.
        ambiguous: Enrolled people near enough, with somebody else nearly as near.
        strangers: Searches behind `fpir`.
        enrolled: Searches behind the others.
    """

    rule: str
    fpir: float
    fnir: float
    wrong_name: float
    ambiguous: float
    strangers: int
    enrolled: int


Rule = Callable[[Picture], tuple[str | None, bool]]
"""A search: the name given or None, and whether it was ambiguous."""


def gallery_of(parts: Split, *, samples: int = SAMPLES) -> Gallery:
    """The product's own gallery: fused unit templates, at most that many a person."""

    def template(picture: Picture, number: int) -> Template:
        return Template(
            encoding=picture.fused,
            sample_id=str(number),
            encoder="benchmark",
        )

    return Gallery.of(
        (
            Person(
                subject_id=name,
                display_name=name,
                templates=tuple(template(p, i) for i, p in enumerate(pictures[:samples])),
            )
            for name, pictures in parts.enrolled.items()
        ),
        "benchmark",
    )


def product_rule(
    parts: Split, policy: Policy, *, samples: int = SAMPLES, views: bool = True
) -> Rule:
    """The product's own search.

    Args:
        parts: Who is enrolled.
        policy: Threshold and margin.
        samples: How many pictures of a person are enrolled at most.
        views: Whether the probe is fused from several views, or the chip alone.
    """
    gallery = gallery_of(parts, samples=samples)

    def search(picture: Picture) -> tuple[str | None, bool]:
        probe = picture.fused if views else picture.straight
        verdict = identify(probe, gallery, policy)
        name = verdict.candidate.subject_id if isinstance(verdict, Identified) else None
        return name, isinstance(verdict, Ambiguous)

    return search


def fitted_rule(parts: Split, *, per_1000: float) -> Rule:
    """The policy fitted on this very gallery, with the strangers kept as a cohort."""
    rows = [picture.fused for picture in parts.kept]
    cohort = np.array(rows) if rows else None
    fitted = fit_policy(gallery_of(parts), per_1000, strangers=cohort)
    print(f"target {per_1000}, {len(rows)} kept. {fitted.sentence}", file=sys.stderr, flush=True)
    return product_rule(parts, fitted.policy)


def naive_rule(parts: Split, *, samples: int) -> Rule:
    """The nearest raw encoding of anybody, when it is within 0.6."""
    names = [name for name, pictures in parts.enrolled.items() for _ in pictures[:samples]]
    rows = np.stack([p.straight for ps in parts.enrolled.values() for p in ps[:samples]])

    def search(picture: Picture) -> tuple[str | None, bool]:
        distances = np.linalg.norm(rows - picture.straight, axis=1)
        nearest = int(distances.argmin())
        return (names[nearest] if distances[nearest] <= NAIVE_THRESHOLD else None), False

    return search


def measure(name: str, parts: Sequence[Split], rule: Callable[[Split], Rule]) -> Figures:
    """Searches everybody of every split with a rule."""
    named = missed = wrong = ambiguous = strangers = searched = 0
    for part in parts:
        search = rule(part)
        named += sum(search(stranger)[0] is not None for stranger in part.strangers)
        strangers += len(part.strangers)
        for own, picture in part.searched:
            answer, unclear = search(picture)
            missed += answer != own
            wrong += answer not in {None, own}
            ambiguous += unclear
        searched += len(part.searched)
    return Figures(
        rule=name,
        fpir=named / max(1, strangers),
        fnir=missed / max(1, searched),
        wrong_name=wrong / max(1, searched),
        ambiguous=ambiguous / max(1, searched),
        strangers=strangers,
        enrolled=searched,
    )


def all_figures(parts: Sequence[Split]) -> list[Figures]:
    """The peer's rule, the default policy, and the policies round it."""
    default = DEFAULT_POLICY
    named = f"default ({default.threshold:.2f}, margin {default.margin:.2f})"
    rules: dict[str, Callable[[Split], Rule]] = {
        f"naive 0.6, {n} sample(s)": partial(naive_rule, samples=n) for n in (1, SAMPLES)
    }
    for n in (SAMPLES, 2, 1):
        rules[f"{named}, {n} sample(s)"] = partial(product_rule, policy=default, samples=n)
    rules[f"{named}, probe of one view"] = partial(product_rule, policy=default, views=False)
    for threshold in (0.29, 0.30, 0.31, 0.32, 0.33):
        for margin in (0.0, 0.05):
            policy = Policy(threshold=threshold, margin=margin)
            name = f"threshold {threshold:.2f}, margin {margin:.2f}"
            rules[name] = partial(product_rule, policy=policy)
    for per_1000 in STRANGERS_PER_1000:
        rules[f"fitted: {per_1000} of 1000 strangers named"] = partial(
            fitted_rule, per_1000=per_1000
        )
    figures = [measure(name, parts, rule) for name, rule in rules.items()]
    fused = [replace(part, searched=part.twice) for part in parts]
    kept = [part.with_kept() for part in parts]
    for per_1000 in STRANGERS_PER_1000:
        rule = partial(fitted_rule, per_1000=per_1000)
        named = f"fitted: {per_1000} of 1000 strangers named"
        figures.append(measure(f"{named}, two pictures fused", fused, rule))
        figures.append(measure(f"{named}, {len(kept[0].kept)} strangers kept", kept, rule))
    return figures


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """Small galleries searched with probes made from their templates, and with their people.

    Args:
        people: In each gallery.
        naive: Share of made-up probes within 0.6 of a template, as the peer's rule has it.
        without: Share that the threshold and margin alone take for somebody.
        default: Share that the default policy takes for somebody.
        lost: Share of people identified without its last rule, and not with it.
        probes: Made-up probes.
        searches: Searches of people.
    """

    people: int
    naive: float
    without: float
    default: float
    lost: float
    probes: int
    searches: int


def made_up_probes(pictures: Sequence[Picture]) -> list[Encoding]:
    """The mean of all encodings, raw and of unit ones, and the centre of their smallest ball."""
    raw = np.stack([picture.fused for picture in pictures])
    units = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    ball = units.mean(axis=0)
    # Badoiu and Clarkson (2003): ever smaller steps towards the farthest point.
    for step in range(1, 300):
        farthest = units[np.linalg.norm(units - ball, axis=1).argmax()]
        ball = ball + (farthest - ball) / (step + 1)
    return [raw.mean(axis=0), units.mean(axis=0), ball]


def made_up_figures(people: People, size: int, *, galleries: int = 200) -> MadeUp:
    """Attacks many small galleries."""
    chance = random.Random(size)  # noqa: S311 - divides people, keeps no secrets
    names = [name for name in sorted(people) if len(people[name]) > SAMPLES]
    lax = replace(DEFAULT_POLICY, min_off_centre=0.0, min_off_other=0.0)
    naive = without = default = probes = found = kept = searches = 0
    for number in range(galleries):
        samples = 1 if number % 2 else SAMPLES
        enrolled = {name: people[name][:samples] for name in chance.sample(names, size)}
        part = Split(enrolled, [(name, people[name][SAMPLES]) for name in enrolled], [])
        rules = [product_rule(part, policy) for policy in (lax, DEFAULT_POLICY)]
        peer = naive_rule(part, samples=samples)
        for probe in made_up_probes([p for pictures in enrolled.values() for p in pictures]):
            made = Picture(probe, probe)
            probes += 1
            naive += peer(made)[0] is not None
            without += rules[0](made)[0] is not None
            default += rules[1](made)[0] is not None
        for name, picture in part.searched:
            answers = [rule(picture)[0] == name for rule in rules]
            searches += 1
            found += answers[0]
            kept += answers[1]
    return MadeUp(
        people=size,
        naive=naive / probes,
        without=without / probes,
        default=default / probes,
        lost=(found - kept) / max(1, found),
        probes=probes,
        searches=searches,
    )


def learn_prior(people: People, encoder: str) -> int:
    """Writes `biometrics/prior.json`; all pictures of everybody count."""
    units = {
        name: [unit_length(picture.fused) for picture in pictures]
        for name, pictures in people.items()
    }
    pictures = sum(len(rows) for rows in units.values())
    source = f"lfw-dev: {len(units)} people, {pictures} pictures"
    progress = Progress(sys.stderr, "sizes of gallery")
    try:
        found = learn(units, encoder=encoder, source=source, progress=progress.show)
    finally:
        progress.end()
    PRIOR.write_text(found.to_json(), encoding="utf-8")
    print(f"{PRIOR.name} is of {encoder} now, from {source}.")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; 2 when the pictures are not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.openset", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    standard = os.environ.get("FACENETGRID_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(standard))
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--people", type=int, default=420)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--prior", action="store_true", help="learn biometrics/prior.json again")
    options = parser.parse_args(arguments)
    folder = options.data / "lfw-dev"
    if not (folder / "images").is_dir():
        print(f"There are no pictures at {folder / 'images'}: name their folder with --data.")
        return 2
    encoder = open_encoder(background=False)
    everything, failures = encoded(folder, options.cache, encoder)
    encoder.close()
    if options.prior:
        return learn_prior(everything, encoder.fingerprint)
    people = first_pictures(everything)
    parts = [split(people, options.people, seed) for seed in range(options.seeds)]
    figures = all_figures(parts)
    attacks = [made_up_figures(people, size) for size in (2, 3, 6, 10)]
    facts = {
        "encoder": encoder.fingerprint,
        "people": len(people),
        "enrolled": len(parts[0].enrolled),
        "failures_to_acquire": failures,
        "figures": [asdict(row) for row in figures],
        "made_up": [asdict(row) for row in attacks],
    }
    print(json.dumps(facts) if options.json else _table(facts, figures, attacks))
    return 0


def _table(facts: dict[str, object], figures: Sequence[Figures], attacks: Sequence[MadeUp]) -> str:
    found = f"{facts['enrolled']} enrolled of {facts['people']} people"
    lines = [
        f"{found}, {facts['failures_to_acquire']} pictures without a face, {facts['encoder']}",
        f"{'rule':54} {'FPIR':>7} {'FNIR':>7} {'wrong':>7} {'ambig.':>7}",
    ]
    lines += [
        f"{row.rule:54} {row.fpir:7.2%} {row.fnir:7.2%} {row.wrong_name:7.2%} {row.ambiguous:7.2%}"
        for row in figures
    ]
    last = figures[0]
    lines.append(f"FPIR over {last.strangers} searches, the rest over {last.enrolled}.")
    lines += [
        f"Probes made of all templates, {row.people} people: naive 0.6 takes {row.naive:.1%}, "
        f"threshold and margin {row.without:.1%}, default {row.default:.2%} of {row.probes}; "
        f"of {row.searches} people searched the last rule loses {row.lost:.2%}."
        for row in attacks
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
