"""The parts of a config that name the fields in which an org keeps what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sync.config.types import FieldName, Role, Section


class ElementMap(Section):
    """Where an org keeps one MEDDPICC element."""

    text: FieldName | None = Field(default=None, description="text field that describes it")
    field: FieldName | None = Field(default=None, description="picklist, checkbox or lookup field that records it")
    role: Role | None = Field(default=None, description="role whose contacts show it")
    level: FieldName | None = Field(default=None, description="number field that holds its level, 0 to 3")
    confirmed_on: FieldName | None = Field(default=None, description="date field that says when it was last confirmed")
    values: Mapping[str, Annotated[int, Field(strict=True, ge=0, le=3)]] = Field(
        default_factory=dict, description="picklist value to level, 0 to 3"
    )

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if not (self.text or self.field or self.role or self.level):
            raise ValueError("found no place, expected at least one of text, field, role, level")
        if self.values and not self.field:
            raise ValueError("values: found levels of a picklist, expected field to name that picklist")
        return self


class Extra(Section):
    """A field of the org's own that conditions may use."""

    field: FieldName = Field(description="the field's API name")
    type: Literal["text", "number", "date", "boolean"] | None = Field(
        default=None, description="how its values are read; text, unless shipped rules know the name"
    )


def field_alone(value: Any) -> Any:
    """Take a field's name alone for the table that names it."""
    return {"field": value} if isinstance(value, str) else value


class ScoreFields(Section):
    """The fields of a deal that the score is written to."""

    score: FieldName = "Deal_Risk_Score__c"
    band: FieldName = "Deal_Risk_Band__c"
    confidence: FieldName = "Deal_Risk_Confidence__c"
    reasons: FieldName = "Deal_Risk_Reasons__c"
    as_of: FieldName = "Deal_Risk_As_Of__c"


class HubSpotScoreFields(ScoreFields):
    """The properties of a HubSpot deal that the score is written to."""

    score: FieldName = "deal_risk_score"
    band: FieldName = "deal_risk_band"
    confidence: FieldName = "deal_risk_confidence"
    reasons: FieldName = "deal_risk_reasons"
    as_of: FieldName = "deal_risk_as_of"


def off_is_none(value: Any) -> Any:
    """Take the word "off" for no fields at all."""
    if isinstance(value, str):
        if value != "off":
            raise ValueError(f'found "{value}", expected a table of field names, or "off"')
        return None
    return value
