"""What every org has before anyone puts data into it: itself, two users, the task statuses."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.data.ids import make_id

ORG_ID = make_id("00D", 1)
INTEGRATION_USER_ID = make_id("005", 1)
ADMIN_USER_ID = make_id("005", 2)
INTEGRATION_USERNAME = "dealwarden.integration@sandbox.example"

_TASK_STATUSES = (
    ("Not Started", False),
    ("In Progress", False),
    ("Completed", True),
    ("Waiting on someone else", False),
    ("Deferred", False),
)


def default_rows() -> dict[str, list[dict[str, Any]]]:
    """The rows by object, without their audit fields."""
    return {
        "Organization": [_organization()],
        "User": [
            _user(INTEGRATION_USER_ID, "Integration", INTEGRATION_USERNAME),
            _user(ADMIN_USER_ID, "Admin", "admin@sandbox.example"),
        ],
        "TaskStatus": [_task_status(place, name, closed) for place, (name, closed) in enumerate(_TASK_STATUSES, 1)],
    }


def _organization() -> dict[str, Any]:
    return {
        "Id": ORG_ID,
        "Name": "Sandbox",
        "Country": "US",
        "PrimaryContact": "Sandbox Admin",
        "DefaultLocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "TimeZoneSidKey": "America/New_York",
        "DefaultCurrencyIsoCode": "USD",
        "FiscalYearStartMonth": 1,
        "DefaultAccountAccess": "Edit",
        "DefaultContactAccess": "ControlledByParent",
        "DefaultOpportunityAccess": "Edit",
        "DefaultLeadAccess": "ReadEditTransfer",
        "DefaultCaseAccess": "ReadEditTransfer",
        "DefaultCalendarAccess": "HideDetailsInsert",
        "DefaultPricebookAccess": "ReadSelect",
        "DefaultCampaignAccess": "All",
        "UiSkin": "Theme3",
        "SignupCountryIsoCode": "US",
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "SBX1",
        "IsSandbox": True,
        "WebToCaseDefaultOrigin": "Web",
        "MonthlyPageViewsUsed": 0,
        "MonthlyPageViewsEntitlement": 0,
        "PreferencesConsentManagementEnabled": True,
    }


def _user(user_id: str, last_name: str, username: str) -> dict[str, Any]:
    return {
        "Id": user_id,
        "FirstName": "Sandbox",
        "LastName": last_name,
        "Name": f"Sandbox {last_name}",
        "Username": username,
        "Email": username,
        "Alias": last_name.lower()[:8],
        "CommunityNickname": last_name.lower(),
        "IsActive": True,
        "UserType": "Standard",
        "TimeZoneSidKey": "America/New_York",
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "ProfileId": make_id("00e", 1),
    }


def _task_status(place: int, name: str, closed: bool) -> dict[str, Any]:
    return {
        "Id": make_id("01T", place),
        "MasterLabel": name,
        "ApiName": name,
        "SortOrder": place,
        "IsDefault": place == 1,
        "IsClosed": closed,
    }
