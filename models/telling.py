"""What a sentence on several items owes them: to tell each, and to credit nobody with another's act."""

from collections.abc import Sequence

from bulletin import bodies, places, quoted
from models.extract import clauses, reported
from models.salience import PlanItem

# Fewer pairs of characters that stand in one item alone are chance (教育, 2022).
_LEAST_OWN = 3
_OPENING_ACTS = tuple("完成 公布 启动 印发 部署 开展 举办 召开 通报 组织 发布".split())


def tells_each(sentence: str, items: Sequence[PlanItem]) -> bool:
    """Whether `sentence` holds something of every item that no other of them holds."""
    said = _pairs(sentence)
    texts = [_pairs(_read(item)) for item in items]
    return all(
        len(said & own.difference(*(texts[:index] + texts[index + 1 :]))) >= _LEAST_OWN
        for index, own in enumerate(texts)
    )


def credits_rightly(sentence: str, items: Sequence[PlanItem]) -> bool:
    """Whether every clause without an actor of its own is of an item that names the sentence's actor.

    教育部公布备案名单,通报违规案例 needs an item on the cases in which 教育部 is named. Where the sentence has no
    actor, a later clause may not open with an act.
    """
    first, *others = (clause.lstrip(",;") for clause in clauses(quoted.fold(sentence)))
    actor = _actor(first)
    if actor is None:
        return not any(clause.startswith(_OPENING_ACTS) for clause in others)
    return all(
        _actor(clause) is not None or bodies.supported_by(actor, quoted.fold(_likest(clause, items)))
        for clause in others
    )


def tells_where(said: str, item: PlanItem) -> bool:
    """Whether `said`, of one province alone, names the city whose act its item reports."""
    report = reported(item.text)
    spans = places.find_places(quoted.fold(report))
    return not spans or spans[0][0] > 0 or report[:2] in said


def names_all_actors(sentence: str, items: Sequence[PlanItem]) -> bool:
    """Whether `sentence` names either all or none of the bodies that an item joins with 、 or 和 as its actors."""
    said = quoted.fold(sentence)
    return all(
        len({body in said for body in _joint_actors(quoted.fold(reported(item.text)))}) < 2 for item in items
    )


def _joint_actors(report: str) -> list[str]:
    """The bodies that `report` opens with, as far as 、 or 和 joins them; a body of a body is none."""
    actors: list[str] = []
    end = 0
    for start, stop in bodies.find_bodies(report):
        if report[end:start] not in (("、", "和", "与") if actors else ("",)):
            break
        actors.append(report[start:stop])
        end = stop
    return actors


def _actor(clause: str) -> str | None:
    """The body that a clause opens with."""
    spans = bodies.find_bodies(clause)
    return clause[: spans[0][1]] if spans and spans[0][0] == 0 else None


def _likest(clause: str, items: Sequence[PlanItem]) -> str:
    """What the item reads that shares most with `clause`."""
    said = _pairs(clause)
    return max((_read(item) for item in items), key=lambda text: len(said & _pairs(text)))


def _read(item: PlanItem) -> str:
    return f"{item.heading}:{item.text}"


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()}
