"""Refusals as they go over the wire."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.api.call import Reply
from sandbox.salesforce.data.refusals import QueryError, RowError

_STATUS = {
    "ENTITY_IS_DELETED": 404,
    "NOT_FOUND": 404,
    "INSUFFICIENT_ACCESS": 403,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": 403,
}
"""The HTTP status of a record's refusal when the record is alone in its call; every other code is a 400."""


class ApiError(Exception):
    """A call is refused as a whole."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


def not_found(message: str = "The requested resource does not exist") -> ApiError:
    """The refusal of a path that leads nowhere."""
    return ApiError(404, "NOT_FOUND", message)


def refusal(error: ApiError | QueryError | RowError) -> Reply:
    """The reply to a call that failed with *error*: always an array, even of one."""
    match error:
        case RowError():
            body = {"message": error.message, "errorCode": error.status_code, "fields": list(error.fields)}
            return Reply(_STATUS.get(error.status_code, 400), [body])
        case QueryError():
            return Reply(400, [{"message": error.message, "errorCode": error.error_code}])
        case ApiError():
            return Reply(error.status, [{"message": error.message, "errorCode": error.code}])


def failed_item(error: RowError) -> dict[str, Any]:
    """*error* as one result of a collection: the code is called otherwise there, and the record has no id."""
    details = {"statusCode": error.status_code, "message": error.message, "fields": list(error.fields)}
    return {"success": False, "errors": [details]}
