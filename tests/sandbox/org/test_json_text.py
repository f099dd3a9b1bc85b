"""That what is put into JSON once reads as if it were put into JSON each time."""

from __future__ import annotations

import json

import pytest

from sandbox.salesforce.data.json_text import body_etag, cached_describe, to_json
from sandbox.salesforce.data.schema import custom_field
from sandbox.salesforce.org.org import Org

ROOT = "/services/data/v64.0"


@pytest.mark.parametrize(("pretty", "separators"), [(False, (",", ":")), (True, (",\n  ", " : "))])
def test_a_composite_of_describes_is_written_as_any_other_body(
    org: Org, pretty: bool, separators: tuple[str, str]
) -> None:
    def part(body: object) -> dict[str, object]:
        return {"body": body, "httpHeaders": {"ETag": '"ä"'}, "httpStatusCode": 200, "referenceId": "about"}

    task = org.describe("Task")
    written = to_json({"compositeResponse": [part(cached_describe(ROOT, "Task", task)), part(None)]}, pretty=pretty)

    plain = {"compositeResponse": [part(task), part(None)]}
    assert written.decode() == json.dumps(plain, ensure_ascii=False, separators=separators)


def test_a_describe_that_changed_is_written_anew(org: Org) -> None:
    before = cached_describe(ROOT, "Task", org.describe("Task"))
    assert cached_describe(ROOT, "Task", org.describe("Task")) is before
    assert before.etag == body_etag(org.describe("Task"))

    org.schema.add_field("Task", custom_field("More__c", "string", "More", length=9))
    after = cached_describe(ROOT, "Task", org.describe("Task"))

    assert after.etag != before.etag
    assert "More__c" in to_json(after, pretty=True).decode()
