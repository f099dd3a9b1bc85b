"""The types of value that a config key may hold, each with an error that says what was expected."""

from __future__ import annotations

import re
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from connectors.model import ELEMENTS, PHASES, ROLES
from rules.language.errors import nearest
from sync.config.credentials import REFUSED, has_credentials, shown_url
from sync.config.durations import parse_duration
from sync.config.secret import Secret, is_reference
from sync.config.store_url import written_url


class Section(BaseModel):
    """A table of the config: frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    def over(self, shared: Self) -> Self:
        """Return the keys of *shared*, with those that are given here over them."""
        # Only keys that the file sets count: a default of the connection must not hide a shared value.
        return type(self).model_validate(shared.model_dump() | self.model_dump(include=self.model_fields_set))


_BUSINESS_DAYS = re.compile(r"\s*(\d{1,3})\s+business\s+days?\s*")


def _one_of(words: tuple[str, ...]) -> AfterValidator:
    """Accept one of *words* and nothing else, naming the nearest one."""

    def check(value: str) -> str:
        if value in words:
            return value
        close = nearest(value, words)
        suggestion = f'; did you mean "{close}"?' if close else ""
        raise ValueError(f'found "{value}", expected one of {", ".join(words)}{suggestion}')

    return AfterValidator(check)


def _shaped(pattern: str, expected: str) -> AfterValidator:
    """Accept text that has the shape of *pattern* from end to end."""
    shape = re.compile(pattern)

    def check(value: str) -> str:
        if shape.fullmatch(value):
            return value
        raise ValueError(f'found "{value}", expected {expected}')

    return AfterValidator(check)


def _url(pattern: str, expected: str) -> AfterValidator:
    """Accept an address of the shape of *pattern*, without credentials."""
    shape = re.compile(pattern)

    def check(url: str) -> str:
        if has_credentials(url):
            raise ValueError(REFUSED)
        if shape.fullmatch(url):
            return url
        raise ValueError(f'found "{shown_url(url)}", expected {expected}')

    return AfterValidator(check)


def _text(value: Any, expected: str) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"found {value!r}, expected {expected}")


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    return parse_duration(_text(value, 'a duration as in "10 minutes"'))


def _time_of_day(value: Any) -> time:
    if isinstance(value, time):
        return value
    text = _text(value, 'a time of day as in "02:00"')
    try:
        # The zone is the org's, which the config does not know.
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise ValueError(f'found "{text}", expected a time of day as in "02:00"') from None


def _secret(value: Any, info: ValidationInfo) -> Secret:
    """Accept a reference; the refusal never repeats what was found, since it may be the secret itself."""
    if not isinstance(value, str) or not is_reference(value):
        raise ValueError(
            'found a value, expected a reference: put the secret elsewhere and write "env:NAME" or "file:path" here'
        )
    # The reference is resolved long after this file is read; errors then need to name the key.
    section = "store" if info.field_name == "password" else f"connections.{info.data.get('name', '?')}"
    return Secret(f"{section}.{info.field_name}", value)


def _folder_of(info: ValidationInfo) -> Path:
    """Return the config's folder, which relative paths start from."""
    base = (info.context or {}).get("base")
    return base if isinstance(base, Path) else Path()


def _existing_file(value: Any, info: ValidationInfo) -> Path:
    path = _folder_of(info) / Path(_text(value, "the path of a file")).expanduser()
    if not path.is_file():
        raise ValueError(f'found "{value}", expected an existing file (there is none at {path})')
    return path


def _folder(value: Any, info: ValidationInfo) -> Path:
    place = value if isinstance(value, Path) else Path(_text(value, "the path of a folder"))
    path = _folder_of(info) / place.expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError(f'found "{value}", expected a folder')
    return path


def _store_url(value: Any, info: ValidationInfo) -> str:
    return written_url(_text(value, "a database address"), _folder_of(info))


def _business_days(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value  # the default
    text = _text(value, "a number of business days")
    match = _BUSINESS_DAYS.fullmatch(text)
    if match is None:
        raise ValueError(f'found "{text}", expected a number of business days, as in "10 business days"')
    return int(match[1])


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
Limit = Annotated[int, Field(strict=True, ge=0, le=100_000)]
BusinessDays = Annotated[int, BeforeValidator(_business_days)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
SecretReference = Annotated[Secret, BeforeValidator(_secret)]
ExistingFile = Annotated[Path, BeforeValidator(_existing_file)]
Folder = Annotated[Path, BeforeValidator(_folder)]
StoreUrl = Annotated[str, BeforeValidator(_store_url)]
Days = Annotated[int, Field(strict=True, ge=1, le=3650)]
Element = Annotated[str, _one_of(ELEMENTS)]
Role = Annotated[str, _one_of(ROLES)]
Phase = Annotated[str, _one_of(PHASES)]
FieldName = Annotated[str, _shaped(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", 'a field\'s API name as in "Metrics__c"')]
Identifier = Annotated[str, _shaped(r"[a-z][a-z0-9_]*", "lower-case letters, digits and _, beginning with a letter")]
ConnectionName = Annotated[str, _shaped(r"[A-Za-z0-9][A-Za-z0-9_-]*", "letters, digits, - and _")]
SalesforceDomain = Annotated[
    str,
    _shaped(
        r"(?!.*salesforce\.com)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*",
        'the My Domain name alone, as in "acme" or "acme--uat.sandbox" (a whole address goes into login_url)',
    ),
]
HttpsUrl = Annotated[
    str, _url(r"https://[^\s/?#]+/?", 'an https address without a path, as in "https://acme.my.salesforce.com"')
]
JwtAudience = Annotated[
    str,
    _shaped(
        r"login|test|https://[^\s/?#@]+/?",
        "login, test (sandboxes and scratch orgs) or an https address without a path",
    ),
]
OrgId = Annotated[
    str, _shaped(r"00D([A-Za-z0-9]{12}|[A-Za-z0-9]{15})", "an Organization Id: 15 or 18 characters that begin with 00D")
]
ApiVersion = Annotated[str, _shaped(r"v?\d{2}\.0", 'a version as in "65.0"')]
PortalId = Annotated[str, _shaped(r"[1-9]\d*", 'a portal id: digits, as in "48210335"')]
HubSpotVersion = Annotated[str, _one_of(("2026-09", "v3"))]
HubSpotUrl = Annotated[
    str,
    _url(
        r"https://[^\s/?#]+/?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/?",
        "an https address without a path (http for this machine alone)",
    ),
]
