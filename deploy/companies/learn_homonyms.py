"""Learn the weights of the homonyms: `python deploy/companies/learn_homonyms.py [SENTFIN] [OUT]`.

Learned from are the contexts of `homonyms.yaml` and, for English, the places of the companies in the headlines of
SEntFiN (MIT), each with a homonym in its place. Prints what was measured on contexts held out five times over: of a
context that was not learned from, how often the score is right. Needs scikit-learn (the extra `train`); the same files
give the same weights.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).resolve().parent
HEADLINES = HERE.parents[1] / ".." / "shared" / "data" / "sentfin" / "train.jsonl.gz"
sys.path.insert(0, str(HERE.parents[1]))
from services.companies.homonyms import WEIGHTS, features_of  # noqa: E402  (a script, not a package)

FOLDS = 5
NAMES_A_CONTEXT = 8
NAMES_A_HEADLINE = 2
"""Names that each context of a company, and each headline, is filled with."""
PRIOR = 3
"""How often a name without any context is given: as the company, or as what it `usually` is."""
COMPANY_WEIGHT = 4.0
"""What speaks of markets and business is a company more often than not, so a context that is unknown should be, too."""
INVERSE_REGULARISATION = 0.5
LEAST_WEIGHT = 0.05
ENDINGS = {"zh": ("", "。", "，网友热议", "，引发关注"), "en": ("", ".", ", report says", " - report")}


@dataclass(frozen=True)
class Example:
    """A filled context: `group` is the context it was made of, so that it is held out as a whole."""

    features: dict[str, float]
    is_company: bool
    group: int


def examples(lang: str, data: dict[str, Any], headlines: Sequence[str]) -> list[Example]:
    """Every context with names in it; `headlines` are contexts of companies too."""
    chance = random.Random(1)
    tails = [headline.partition("{}")[2] for headline in headlines if headline.startswith("{}")]
    names = sorted({name for sense in data["senses"] for name in sense["names"]})
    contexts = [(context, chance.sample(names, NAMES_A_CONTEXT), True) for context in data["company"]]
    contexts += [(context, chance.sample(names, NAMES_A_HEADLINE), True) for context in headlines]
    contexts += [
        (context, sense["names"], False)
        for sense in data["senses"]
        for context in contexts_of(sense, lang, tails, chance)
    ]
    contexts += [("{}", [name], "usually" not in sense) for sense in data["senses"] for name in sense["names"]] * PRIOR
    return [
        Example(dict.fromkeys(features_of(text, start, start + len(name)), 1.0), company, group)
        for group, (context, given, company) in enumerate(contexts)
        for name in given
        for text, start in filled(context, name, ENDINGS[lang])
    ]


def company_headlines(path: Path) -> list[str]:
    """The headlines that name one company, with {} in its place."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    named = [(row["text"], row["entities"][0]["name"]) for row in rows if len(row["entities"]) == 1]
    return [text.replace(name, "{}", 1) for text, name in named if name in text and "{" not in text]


def contexts_of(sense: dict[str, Any], lang: str, tails: Sequence[str], chance: random.Random) -> list[str]:
    """The contexts of a sense; each of its words on either side; in English before and within a headline as well."""
    blank = " " if lang == "en" else ""
    words = sense.get("words", ())
    sides = [side for word in words for side in (f"{{}}{blank}{word}", f"{word}{blank}{{}}")]
    goes_on = []
    for word in words if tails else ():
        tail = chance.choice(tails).split()
        goes_on += [" ".join(("{}", word, *tail)), " ".join(("{}", *tail[:2], word)), " ".join(("{}", *tail[:1], word))]
    return [*sense["contexts"], *sides, *goes_on]


def filled(context: str, name: str, endings: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The context with the name in its first place, once with each ending."""
    start = context.index("{}")
    for ending in endings:
        yield context.replace("{}", name) + ending, start


def fit(chosen: Sequence[Example]) -> tuple[DictVectorizer, LogisticRegression]:
    """A regression in which all fillings of a context together weigh as much as any other context of its answer."""
    sizes = np.bincount([one.group for one in chosen])
    weights = np.array([1.0 / sizes[one.group] for one in chosen])
    answers = np.array([one.is_company for one in chosen])
    for answer in (True, False):
        weights[answers == answer] *= len(chosen) / 2 / weights[answers == answer].sum()
    weights[answers] *= COMPANY_WEIGHT
    vectors = DictVectorizer()
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2000)
    model.fit(vectors.fit_transform([one.features for one in chosen]), answers, sample_weight=weights)
    return vectors, model


def held_out(every: Sequence[Example]) -> dict[bool, float]:
    """The share right of contexts that were held out, by answer."""
    folds = list(range(max(one.group for one in every) + 1))
    random.Random(2).shuffle(folds)
    right: dict[bool, list[bool]] = {True: [], False: []}
    for fold in range(FOLDS):
        out = set(folds[fold::FOLDS])
        vectors, model = fit([one for one in every if one.group not in out])
        for one in (one for one in every if one.group in out):
            said = bool(model.predict(vectors.transform([one.features]))[0])
            right[one.is_company].append(said == one.is_company)
    return {answer: float(np.mean(found)) for answer, found in right.items()}


def main() -> None:
    """Measure, then learn from all and write the weights."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else HEADLINES
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else WEIGHTS
    headlines = {"en": company_headlines(path)}
    learned = {}
    for lang, data in yaml.safe_load((HERE / "homonyms.yaml").read_text(encoding="utf-8")).items():
        every = examples(lang, data, headlines.get(lang, ()))
        share = held_out(every)
        print(f"{lang}: of held-out contexts {share[True]:.1%} of companies and {share[False]:.1%} of others are right")
        vectors, model = fit(every)
        pairs = zip(vectors.get_feature_names_out(), model.coef_[0], strict=True)
        weights = {name: round(float(weight), 3) for name, weight in pairs if abs(weight) >= LEAST_WEIGHT}
        learned[lang] = {"bias": round(float(model.intercept_[0]), 3), "weights": weights}
        print(f"{lang}: {len(weights)} weights")
    out.write_text(json.dumps(learned, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
