"""A new classifier, a new writer or both, fitted anew from their bases on the months given.

A model is a function of its data: nothing is taken from the live model of its kind, and what is not fitted anew comes
along from the live bundle as it is. For the classifier see training/refit_classifier.py; for the writer, with the
planner and their word models, training/refit_writer.py.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bulletin import __version__
from bulletin.themes import load as load_taxonomy
from models.bundle import Bundle, Manifest
from training import (
    export,
    gold,
    refit_classifier,
    refit_writer,
    retrain_card,
    steps,
    taxonomy,
    themes,
    writer,
)
from training.backbone import Backbone
from training.corpus import LabelledMonth, digests
from training.crossval import printer
from training.labelled.months import labelled_months
from training.labelled.store import MonthStore
from training.refit_classifier import Fitting, Teller

_ALWAYS_NEW = ("manifest.json", "README.md", "card")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A training run: the new bundle's `version`, when it is `created` (ISO 8601), and the folder of its runs.

    With `fast` the classifier's encoder serves both to decide and to ship. `taxonomy` is the file of the themes, None
    for the shipped one.
    """

    version: str
    created: str
    runs: Path
    recipe: themes.Recipe = field(default_factory=themes.Recipe)
    writing: writer.Recipe = field(default_factory=writer.Recipe)
    fast: bool = False
    taxonomy: Path | None = None


def known_months(
    home: Path, learnt_by_live: Collection[str] = ()
) -> tuple[list[LabelledMonth], list[LabelledMonth]]:
    """The months to learn from, shipped and imported, oldest first, and those held out: the newest imported one that
    the live bundle has not learnt from, so that both can be judged by it. Gold months are neither.
    """
    imported = set(MonthStore(home).months())
    known = gold.apart(labelled_months(home), home)
    fresh = [m for m in known if m.month and m.name in imported and m.name not in learnt_by_live]
    held_out = fresh[-1:]
    return [month for month in known if month not in held_out], held_out


def retrain(
    backbone: Backbone | None,
    months: Sequence[LabelledMonth],
    live: Bundle,
    wanted: Wanted,
    writer_base: Backbone | None = None,
    teller: Teller = printer,
) -> Path:
    """The folder of the new bundle: a classifier fine-tuned from `backbone`, a writer from `writer_base`.

    The part whose base is None is the live bundle's. Steps that are done already are not done again, so a run may be
    killed and begun anew. `teller` gives, for a phase, who is told of its steps. Raises CorpusError where a theme has
    too few labelled items or there are too few months, TaxonomyError for labels of no theme.
    """
    months = learnable(months, wanted.taxonomy) if backbone else _as_served(months, live)
    work = wanted.runs / run_name(months, wanted, [backbone, writer_base])
    # The table as it is now: a run takes minutes, in which somebody may edit it.
    table = work / "themes.toml"
    table.parent.mkdir(parents=True, exist_ok=True)
    steps.taxonomy_into(table.parent, wanted.taxonomy)
    bundle = work / "bundle"
    manifest = _begun(bundle, live, wanted, backbone, writer_base)
    learnt = None
    if backbone:
        fitting = Fitting(wanted.recipe, wanted.fast, table, work)
        manifest, learnt = refit_classifier.refit(backbone, months, manifest, fitting, bundle, teller)
        if not writer_base and _ids(manifest) != _ids(live.manifest):
            manifest = refit_writer.replan(months, manifest, bundle)
    if writer_base:
        manifest = refit_writer.refit(writer_base, months, manifest, wanted.writing, work, bundle, teller)
    names = [base.name if base else None for base in (backbone, writer_base)]
    origins = retrain_card.Origins(live.manifest.version, *names)
    manifest = retrain_card.complete(bundle, manifest, origins, months, learnt)
    export.write_bundle(bundle, manifest)
    return bundle


def _begun(
    bundle: Path, live: Bundle, wanted: Wanted, backbone: Backbone | None, writer_base: Backbone | None
) -> Manifest:
    """Fill `bundle` with what comes along from the live one; its manifest so far."""
    new = {
        *_ALWAYS_NEW,
        *(refit_classifier.FILES if backbone else ()),
        *(refit_writer.FILES if writer_base else ()),
    }
    shutil.rmtree(bundle, ignore_errors=True)
    shutil.copytree(live.path, bundle, ignore=lambda folder, _: new if Path(folder) == live.path else ())
    return live.manifest.model_copy(
        update={
            "version": wanted.version,
            "created": wanted.created,
            "yuebao": __version__,
            # What comes along learnt from its months too.
            "data": {} if backbone and writer_base else live.manifest.data,
            # The live models' figures are not theirs: drafts too were measured with both.
            "metrics": {},
        }
    )


def run_name(months: Sequence[LabelledMonth], wanted: Wanted, bases: Sequence[Backbone | None]) -> str:
    """A name for the run's folder that other months, labels, themes, recipes or bases change: its steps are then done
    anew."""
    made_of = [base and [base.name, _weights_digest(base)] for base in bases]
    now = load_taxonomy(wanted.taxonomy)
    table = [list(now.ids), dict(now.retired), now.version]
    parts = [digests(months), asdict(wanted.recipe), asdict(wanted.writing), made_of, table]
    return f"{wanted.version}-{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]}"


def learnable(months: Sequence[LabelledMonth], table: Path | None) -> list[LabelledMonth]:
    """The months with their labels as they are in the taxonomy of `table`.

    Raises TaxonomyError for labels of no theme, CorpusError where a classifier cannot learn from them.
    """
    now = load_taxonomy(table)
    today = taxonomy.under(months, now)
    taxonomy.refuse_rare(taxonomy.counts(today, now))
    refit_classifier.refuse_undecidable(today, now.ids)
    return today


def _as_served(months: Sequence[LabelledMonth], live: Bundle) -> list[LabelledMonth]:
    """The months with the labels that the live bundle's themes have; a theme that it does not know is left out."""
    table = live.load("themes.toml", load_taxonomy)
    return taxonomy.under(taxonomy.known_to(months, table), table)


def _ids(manifest: Manifest) -> list[str]:
    return [theme.id for theme in manifest.themes]


def _weights_digest(base: Backbone) -> str:
    """A folder of the same name may hold another checkpoint next time."""
    digest = hashlib.sha256()
    for name, tensor in base.model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
