from __future__ import annotations

import hashlib

from sync.model import task_key


def test_a_key_is_the_hash_of_deal_and_family_with_its_episode() -> None:
    digest = hashlib.sha256(b"006000000000001AAA\nthreading").hexdigest()[:20]
    assert task_key.task_key("006000000000001AAA", "threading", 3) == f"dw:{digest}-3"


def test_a_key_splits_into_its_stem_and_episode() -> None:
    key = task_key.task_key("006000000000001AAA", "slip", 12)
    assert task_key.split(key) == (task_key.stem("006000000000001AAA", "slip"), 12)


def test_what_is_no_key_does_not_split() -> None:
    assert [task_key.split(text) for text in ("", "dw:xyz-1", "dw:" + "0" * 20 + "-0", "other")] == [None] * 4
