"""How often is a stranger named, and an enrolled person missed: the rules one could have chosen.

Open-set identification on lfw-dev as `python -m biometrics evaluate` divides it: people with at
least four pictures are enrolled with three and searched with the fourth, the gallery is filled up
to 420 with people who have two or three, and one picture of everybody else is a stranger. The
peer is the habit of taking the nearest raw encoding within 0.6. Beside the rules that `evaluate`
reports stand others: fewer samples, one view, thresholds round the default policy. The same with
probes made from the templates of small galleries: their mean, and the centre of the smallest ball
round them.

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
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from biometrics.encode import Encoder, open_encoder
from biometrics.evaluation.acquire import acquire
from biometrics.evaluation.evaluate import default_cache
from biometrics.evaluation.looking import WAY
from biometrics.evaluation.openset import openset_report
from biometrics.evaluation.openset_split import SAMPLES, Division, Shown, divide
from biometrics.evaluation.product import gallery_of
from biometrics.evaluation.progress import Progress
from biometrics.evaluation.samples import DatasetUnusable, read_dataset
from biometrics.evaluation.store import SeenStore
from biometrics.evaluation.verification import NAIVE_THRESHOLD
from biometrics.faces import Encoding
from biometrics.identify import DEFAULT_POLICY, Ambiguous, Identified, Policy, identify
from biometrics.learn import learn

ROOT = Path(__file__).resolve().parent.parent
PRIOR = ROOT / "biometrics" / "prior.json"


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


Rule = Callable[[Shown], tuple[str | None, bool]]
"""A search: the name given or None, and whether it was ambiguous."""


def product_rule(
    part: Division, policy: Policy, *, samples: int = SAMPLES, views: bool = True
) -> Rule:
    """The product's own search.

    Args:
        part: Who is enrolled.
        policy: Threshold and margin.
        samples: How many pictures of a person are enrolled at most.
        views: Whether the probe is fused from several views, or the chip alone.
    """
    gallery = gallery_of(
        {
            str(place): [row for one in pictures[:samples] if (row := one.template) is not None]
            for place, pictures in enumerate(part.enrolled)
        }
    )

    def search(picture: Shown) -> tuple[str | None, bool]:
        probe = picture.template if views else picture.raw
        if probe is None:
            return None, False
        verdict = identify(probe, gallery, policy)
        name = verdict.candidate.subject_id if isinstance(verdict, Identified) else None
        return name, isinstance(verdict, Ambiguous)

    return search


def naive_rule(part: Division, *, samples: int) -> Rule:
    """The nearest raw encoding of anybody, when it is within 0.6."""
    found = [
        (str(place), one.raw)
        for place, pictures in enumerate(part.enrolled)
        for one in pictures[:samples]
        if one.raw is not None
    ]
    names, rows = [name for name, _ in found], np.stack([row for _, row in found])

    def search(picture: Shown) -> tuple[str | None, bool]:
        if picture.raw is None:
            return None, False
        distances = np.linalg.norm(rows - picture.raw, axis=1)
        nearest = int(distances.argmin())
        return (names[nearest] if distances[nearest] <= NAIVE_THRESHOLD else None), False

    return search


def measure(name: str, parts: Sequence[Division], rule: Callable[[Division], Rule]) -> Figures:
    """Searches everybody of every division with a rule."""
    named = missed = wrong = ambiguous = strangers = searched = 0
    for part in parts:
        search = rule(part)
        named += sum(search(stranger)[0] is not None for (stranger,) in part.strangers)
        strangers += len(part.strangers)
        for place, (picture,) in part.searched:
            answer, unclear = search(picture)
            missed += answer != str(place)
            wrong += answer not in {None, str(place)}
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


def all_figures(parts: Sequence[Division]) -> list[Figures]:
    """The peer's rule, the default policy, and the policies round it."""
    default = DEFAULT_POLICY
    named = f"default ({default.threshold:.2f}, margin {default.margin:.2f})"
    rules: dict[str, Callable[[Division], Rule]] = {
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
    return [measure(name, parts, rule) for name, rule in rules.items()]


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


def made_up_probes(units: Sequence[Encoding]) -> list[Encoding]:
    """The mean direction of all templates, and the centre of their smallest ball."""
    rows = np.stack(units)
    ball = rows.mean(axis=0)
    # Badoiu and Clarkson (2003): ever smaller steps towards the farthest point.
    for step in range(1, 300):
        farthest = rows[np.linalg.norm(rows - ball, axis=1).argmax()]
        ball = ball + (farthest - ball) / (step + 1)
    return [rows.mean(axis=0), ball]


@dataclass(frozen=True, slots=True, eq=False)
class MadeUpShown:
    """Numbers in place of a picture."""

    template: Encoding
    raw: Encoding
    person: str = ""
    content: str = ""


def made_up_figures(items: Sequence[Shown], size: int, *, galleries: int = 200) -> MadeUp:
    """Attacks many small galleries."""
    chance = random.Random(size)  # noqa: S311 - divides people, keeps no secrets
    people: dict[str, list[Shown]] = defaultdict(list)
    for item in items:
        if item.template is not None:
            people[item.person].append(item)
    names = [name for name in sorted(people) if len(people[name]) > SAMPLES]
    lax = replace(DEFAULT_POLICY, min_off_centre=0.0, min_off_other=0.0)
    naive = without = default = probes = found = kept = searches = 0
    for number in range(galleries):
        samples = 1 if number % 2 else SAMPLES
        chosen = chance.sample(names, size)
        enrolled = tuple(tuple(people[name][:samples]) for name in chosen)
        searched = tuple((place, (people[name][SAMPLES],)) for place, name in enumerate(chosen))
        part = Division(enrolled, searched, ())
        rules = [product_rule(part, policy) for policy in (lax, DEFAULT_POLICY)]
        peer = naive_rule(part, samples=samples)
        shown = [one for pictures in enrolled for one in pictures]
        raw = np.mean([one.raw for one in shown if one.raw is not None], axis=0)
        # The peer compares raw numbers: it is given what is as long as their mean.
        length = float(np.linalg.norm(raw))
        for probe in made_up_probes([one.template for one in shown if one.template is not None]):
            made = MadeUpShown(probe, probe / np.linalg.norm(probe) * length)
            probes += 1
            naive += peer(made)[0] is not None
            without += rules[0](made)[0] is not None
            default += rules[1](made)[0] is not None
        for place, (picture,) in part.searched:
            answers = [rule(picture)[0] == str(place) for rule in rules]
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


def learn_prior(items: Sequence[Shown], encoder: str) -> int:
    """Writes `biometrics/prior.json`; all pictures of everybody count."""
    units: dict[str, list[Encoding]] = defaultdict(list)
    for item in items:
        if item.template is not None:
            units[item.person].append(item.template)
    source = f"lfw-dev: {len(units)} people, {sum(map(len, units.values()))} pictures"
    progress = Progress(sys.stderr, "sizes of gallery")
    try:
        found = learn(units, encoder=encoder, source=source, progress=progress.show)
    finally:
        progress.end()
    PRIOR.write_text(found.to_json(), encoding="utf-8")
    print(f"{PRIOR.name} is of {encoder} now, from {source}.")
    return 0


def seen_pictures(folder: Path, cache: Path, encoder: Encoder) -> tuple[Shown, ...]:
    """Every picture of a folder as `evaluate` sees it.

    Raises:
        DatasetUnusable: There are no pictures.
        EncoderFailed: As the encoder.
        OSError: Encodings cannot be kept.
    """
    dataset = read_dataset(folder)
    store = SeenStore(cache, f"{encoder.fingerprint}/{WAY}", encoder.dimensions)
    progress = Progress(sys.stderr, "pictures")
    try:
        return acquire(dataset.samples, store, encoder, progress=progress.show).items
    finally:
        progress.end()


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
    encoder = open_encoder(background=False)
    try:
        items = seen_pictures(options.data / "lfw-dev", options.cache, encoder)
    except DatasetUnusable as error:
        print(f"{error} Name the folder above it with --data.")
        return 2
    finally:
        encoder.close()
    if options.prior:
        return learn_prior(items, encoder.fingerprint)
    seeds = range(options.seeds)
    parts = [divide(items, seed=seed, people=options.people) for seed in seeds]
    figures = all_figures(parts)
    report = openset_report(items, seeds=seeds, people=options.people)
    attacks = [made_up_figures(items, size) for size in (2, 3, 6, 10)]
    facts = {
        "encoder": encoder.fingerprint,
        "people": len({item.person for item in items}),
        "enrolled": len(parts[0].enrolled),
        "failures_to_acquire": sum(item.template is None for item in items),
        "figures": [asdict(row) for row in figures],
        "evaluate": report["fixed"],
        "made_up": [asdict(row) for row in attacks],
    }
    print(json.dumps(facts) if options.json else _table(facts, figures, report, attacks))
    return 0


def _table(
    facts: dict[str, object],
    figures: Sequence[Figures],
    report: dict[str, Any],
    attacks: Sequence[MadeUp],
) -> str:
    found = f"{facts['enrolled']} enrolled of {facts['people']} people"
    lines = [
        f"{found}, {facts['failures_to_acquire']} pictures without a face, {facts['encoder']}",
        f"{'rule':62} {'FPIR':>7} {'FNIR':>7} {'wrong':>7} {'ambig.':>7}",
    ]
    lines += [
        f"{row.rule:62} {row.fpir:7.2%} {row.fnir:7.2%} {row.wrong_name:7.2%} {row.ambiguous:7.2%}"
        for row in figures
    ]
    lines += [
        f"{row['rule']:62} {row['fpir']:7.2%} {row['fnir']:7.2%}" for row in report["fixed"][1:]
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
