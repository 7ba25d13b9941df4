"""Holds the built-in classifier against scikit-learn's linear SVM over the very same columns.

    python3 -m venv venv && venv/bin/pip install -r evals/intents/requirements.txt
    venv/bin/python evals/intents/compare.py --program target/release/countersign FILE.jsonl [FILE.jsonl ...]

Each file holds labelled texts as the suite reads them. Their rows are split into parts; each part is asked about once,
after learning from the others. Texts that fit no label are left out, since the other machine cannot turn one away.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from sklearn.datasets import load_svmlight_files
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.svm import LinearSVC

SUITE = Path(__file__).resolve().parent
OUTSIDE = {"oos", "other"}
COSTS = [0.1, 0.3, 1.0, 3.0, 10.0]


def rows_of(files):
    rows = []
    for file in files:
        for line in Path(file).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["gold"]["intent"] not in OUTSIDE:
                rows.append({"id": row["id"], "input": row["input"], "gold": {"intent": row["gold"]["intent"]}})
    return sorted(rows, key=lambda row: hashlib.sha256(row["input"].encode()).hexdigest())


def parts_of(rows, count):
    """Splits so that every label is spread over all parts."""
    parts, seen = [[] for _ in range(count)], {}
    for row in rows:
        label = row["gold"]["intent"]
        seen[label] = seen.get(label, -1) + 1
        parts[seen[label] % count].append(row)
    return parts


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def asked(program, train, data, folder):
    """How many of the rows both machines answer rightly: ours, the other, and how many there are."""
    pairs = [{"text": row["input"], "label": row["gold"]["intent"]} for row in train]
    train_file, data_file = folder / "train.jsonl", folder / "data.jsonl"
    write(train_file, pairs)
    write(data_file, data)
    given = ["--train", train_file, "--data", data_file]
    # The exit code tells whether the suite's gates were met, which does not matter here.
    run = subprocess.run(
        [program, "eval", "run", SUITE, *given, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    ours = json.loads(run.stdout)["accuracy"]
    subprocess.run(
        [program, "eval", "features", SUITE, *given, "--into", folder], check=True, stdout=subprocess.DEVNULL
    )
    columns, labels, asked_columns, asked_labels = load_svmlight_files(
        [str(folder / "train.svm"), str(folder / "data.svm")]
    )
    folds = StratifiedKFold(4, shuffle=True, random_state=1)
    search = GridSearchCV(LinearSVC(), {"C": COSTS}, cv=folds, n_jobs=1).fit(columns, labels)
    other = search.score(asked_columns, asked_labels)
    return ours * len(data), other * len(data), len(data), search.best_params_["C"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", default="target/release/countersign")
    arguments.add_argument("--parts", type=int, default=5)
    arguments.add_argument("files", nargs="+")
    given = arguments.parse_args()
    parts = parts_of(rows_of(given.files), given.parts)
    totals = [0.0, 0.0, 0]
    for number, data in enumerate(parts):
        train = [row for other, part in enumerate(parts) if other != number for row in part]
        with tempfile.TemporaryDirectory() as folder:
            ours, other, count, cost = asked(given.program, train, data, Path(folder))
        totals = [totals[0] + ours, totals[1] + other, totals[2] + count]
        print(f"part {number + 1}: ours {ours / count:.4f}, linear SVM {other / count:.4f} (C {cost})", file=sys.stderr)
    ours, other = totals[0] / totals[2], totals[1] / totals[2]
    print(json.dumps({"rows": totals[2], "ours": round(ours, 4), "linear_svm": round(other, 4),
                      "difference": round(ours - other, 4)}))


if __name__ == "__main__":
    main()
