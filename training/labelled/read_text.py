"""Read labels from JSON lines, CSV and Label Studio's JSON export."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bulletin import reasons
from bulletin.encoding import decode
from bulletin.errors import UnreadableFileError
from training.labelled.problems import LabelsError, Problem
from training.labelled.rows import Row, split_themes

# A column or key, and what else it may be called.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "编号", "item_id"),
    "text": ("text", "事项"),
    "themes": ("themes", "主题"),
    "annotator": ("annotator", "标注人"),
}


def read_jsonl(raw: bytes, file: str) -> list[Row]:
    """One object a line: `id`, `themes` (a list, or one string), and `text` and `annotator` where they are known."""
    return _collected(_jsonl_rows(text_of(raw, file), file))


def read_csv(raw: bytes, file: str) -> list[Row]:
    """A header with `id` and `themes` (or 编号 and 主题); rows are counted as lines of the table, the header as 1."""
    return _collected(_csv_rows(text_of(raw, file), file))


def read_label_studio(raw: bytes, file: str) -> list[Row]:
    """Label Studio's JSON export of a multi-choice project: a row for every annotation that was not cancelled.

    A task's `data` needs `id` (or `item_id`); its number is its place in the export.
    """
    return _collected(_task_rows(text_of(raw, file), file))


def text_of(raw: bytes, file: str) -> str:
    """The text of the bytes of `file`, in whatever encoding. Raises LabelsError."""
    try:
        return decode(raw, file)
    except UnreadableFileError as error:
        raise LabelsError([Problem(file, None, f"读不出文字({error})", "请存成 UTF-8 文本")]) from error


def _collected(found: Iterator[Row | Problem]) -> list[Row]:
    everything = list(found)
    if problems := [one for one in everything if isinstance(one, Problem)]:
        raise LabelsError(problems)
    return [one for one in everything if isinstance(one, Row)]


def _jsonl_rows(text: str, file: str) -> Iterator[Row | Problem]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Problem(file, number, f"不是 JSON({reasons.told(error)})", "请每行写一个对象")
            continue
        yield _object_row(value, file, number)


def _object_row(value: Any, file: str, number: int) -> Row | Problem:
    if not isinstance(value, dict):
        return Problem(file, number, "不是对象", '请写成 {"id": …, "themes": […]}')
    if unknown := sorted(value.keys() - {name for names in _NAMES.values() for name in names}):
        return Problem(
            file, number, f"不认识的键 {'、'.join(map(str, unknown))}", f"可用的键是 {'、'.join(_NAMES)}"
        )
    cells = {
        key: next((value[name] for name in names if name in value), None) for key, names in _NAMES.items()
    }
    themes = cells["themes"]
    if isinstance(themes, list) and not all(isinstance(theme, str) for theme in themes):
        return Problem(file, number, "themes 里有不是文字的值", "请写主题的编号或名称")
    if not isinstance(themes, list | str):
        return Problem(file, number, "没有 themes", '请写成列表;都不是请写 ["其他"]')
    for key in ("id", "text", "annotator"):
        if not isinstance(cells[key], str | None):
            return Problem(file, number, f"{key} 不是文字", "请加引号")
    # An empty list says that none of the themes holds; an empty string says nothing.
    given = split_themes(themes) if isinstance(themes, str) else tuple(dict.fromkeys(themes)) or ("其他",)
    strings = {key: str(cells[key] or "").strip() for key in ("id", "text", "annotator")}
    return Row(file, number, strings["id"], strings["text"], given, strings["annotator"])


def _csv_rows(text: str, file: str) -> Iterator[Row | Problem]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
        column = {
            key: header.index(name) for key, names in _NAMES.items() for name in names if name in header
        }
        if missing := [key for key in ("id", "themes") if key not in column]:
            yield Problem(file, 1, f"表头缺少 {'、'.join(missing)}", "请在第一行写 id,text,themes,annotator")
            return
        for number, values in enumerate(reader, 2):
            if any(value.strip() for value in values):
                cells = {key: values[at].strip() if at < len(values) else "" for key, at in column.items()}
                themes = split_themes(cells["themes"])
                yield Row(
                    file, number, cells["id"], cells.get("text", ""), themes, cells.get("annotator", "")
                )
    except csv.Error as error:
        yield Problem(file, reader.line_num, f"不是 CSV({error})", "请检查引号")


def _task_rows(text: str, file: str) -> Iterator[Row | Problem]:
    try:
        tasks = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield Problem(file, None, f"不是 JSON({reasons.told(error)})", "请用 Label Studio 的 JSON 导出")
        return
    if not isinstance(tasks, list):
        yield Problem(file, None, "不是任务列表", "请用 Label Studio 的 JSON 导出(不是 JSON-MIN)")
        return
    for number, task in enumerate(tasks, 1):
        yield from _task(task, file, number)


def _task(task: Any, file: str, number: int) -> Iterator[Row | Problem]:
    data = task.get("data") if isinstance(task, dict) else None
    annotations = task.get("annotations") if isinstance(task, dict) else None
    if not isinstance(data, dict) or not isinstance(annotations, list):
        yield Problem(file, number, "任务没有 data 或 annotations", "请用 Label Studio 的 JSON 导出")
        return
    ident = next((data[name] for name in _NAMES["id"] if isinstance(data.get(name), str)), "")
    printed = data.get("text")
    for annotation in annotations:
        if isinstance(annotation, dict) and not annotation.get("was_cancelled"):
            choices = _choices(annotation)
            if choices is None:
                yield Problem(file, number, "标注不是多选(choices)", "请用多选项目标注主题")
            else:
                words = str(printed) if isinstance(printed, str) else ""
                yield Row(file, number, ident, words.strip(), choices, _who(annotation))


def _choices(annotation: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What was chosen, () where nothing was; None for a result of another kind."""
    result = annotation.get("result")
    if not isinstance(result, list):
        return None
    chosen: list[str] = []
    for part in result:
        value = part.get("value") if isinstance(part, dict) else None
        choices = value.get("choices") if isinstance(value, dict) else None
        if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
            return None
        chosen += choices
    return tuple(dict.fromkeys(chosen))


def _who(annotation: Mapping[str, Any]) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return "" if who is None else str(who)


READERS: Mapping[str, Callable[[bytes, str], list[Row]]] = {
    ".jsonl": read_jsonl,
    ".csv": read_csv,
    ".json": read_label_studio,
}
