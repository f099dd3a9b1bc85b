"""The login of the SOAP API, for clients that log in by user name and password; nothing else of that API is served."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from sandbox.salesforce.api.auth import ConnectedApp, Sessions
from sandbox.salesforce.api.call import OLDEST
from sandbox.server.wire import Request, Response

LAST_VERSION = 64
"""The newest version that still has the login; later ones answer that they have none."""

_PARTNER = "urn:partner.soap.sforce.com"
_FAULTS = "urn:fault.partner.soap.sforce.com"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_SESSION_S = 7200
_WRONG_LOGIN = "Invalid username, password, security token; or user locked out."

Read = Callable[[str, str], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class SoapLogin:
    """Trades user name and password for a session; *read* gives the row of an object by id."""

    app: ConnectedApp
    sessions: Sessions
    org_id: str
    user_id: str
    username: str
    url: str
    read: Read

    def answer(self, request: Request, version: str) -> Response:
        """The reply to a login at `/services/Soap/u/{version}`; a refusal is a fault, and its status 500."""
        number = version.removesuffix(".0")
        if not number.isdigit() or not OLDEST <= int(number) <= LAST_VERSION:
            return _fault("UNSUPPORTED_API_VERSION", f"login() is not there in version {version} of the SOAP API")
        given = _credentials(request.body)
        if given is None:
            return _fault("UNKNOWN_EXCEPTION", "The body is no SOAP envelope with a login in it.")
        username, password = given
        right_password = hmac.compare_digest(password.encode(), self.app.user_password.encode())
        if username != self.username or not right_password:
            return _fault("INVALID_LOGIN", _WRONG_LOGIN)
        return _sent(200, f"<loginResponse><result>{_xml(self._result(version))}</result></loginResponse>", _PARTNER)

    def _result(self, version: str) -> dict[str, Any]:
        short_id = self.org_id[:15]
        return {
            "metadataServerUrl": f"{self.url}/services/Soap/m/{version}/{short_id}",
            "passwordExpired": False,
            "sandbox": False,
            "serverUrl": f"{self.url}/services/Soap/u/{version}/{short_id}",
            "sessionId": self.sessions.open(),
            "userId": self.user_id,
            "userInfo": self._user_info(),
        }

    def _user_info(self) -> dict[str, Any]:
        org = self.read("Organization", self.org_id) or {}
        user = self.read("User", self.user_id) or {}
        return {
            "accessibilityMode": False,
            "chatterExternal": False,
            "currencySymbol": "$",
            "orgAttachmentFileSizeLimit": 26_214_400,
            "orgDefaultCurrencyIsoCode": "USD",
            "orgDefaultCurrencyLocale": org.get("DefaultLocaleSidKey") or "en_US",
            "orgDisallowHtmlAttachments": False,
            "orgHasPersonAccounts": False,
            "organizationId": self.org_id,
            "organizationMultiCurrency": False,
            "organizationName": org.get("Name") or "",
            "profileId": user.get("ProfileId"),
            "roleId": user.get("UserRoleId"),
            "sessionSecondsValid": _SESSION_S,
            "userDefaultCurrencyIsoCode": None,
            "userEmail": user.get("Email") or self.username,
            "userFullName": user.get("Name") or self.username,
            "userId": self.user_id,
            "userLanguage": user.get("LanguageLocaleKey") or "en_US",
            "userLocale": user.get("LocaleSidKey") or "en_US",
            "userName": self.username,
            "userTimeZone": user.get("TimeZoneSidKey") or org.get("TimeZoneSidKey") or "America/New_York",
            "userType": user.get("UserType") or "Standard",
            "userUiSkin": "Theme3",
        }


def _credentials(body: bytes) -> tuple[str, str] | None:
    """User name and password of a login, whatever prefixes its envelope uses."""
    try:
        envelope = ET.fromstring(body)  # noqa: S314 - from loopback, and expat bounds what entities may grow to
    except ET.ParseError:
        return None
    login = envelope.find(f"{{{_ENVELOPE}}}Body/{{{_PARTNER}}}login")
    if login is None:
        return None
    return login.findtext(f"{{{_PARTNER}}}username", ""), login.findtext(f"{{{_PARTNER}}}password", "")


def _xml(values: dict[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in values.items())


def _element(name: str, value: Any) -> str:
    match value:
        case None:
            return f'<{name} xsi:nil="true"/>'
        case bool():
            return f"<{name}>{str(value).lower()}</{name}>"
        case dict():
            return f"<{name}>{_xml(value)}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"


def _fault(code: str, text: str) -> Response:
    message = escape(f"{code}: {text}")
    fault = (
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{message}</faultstring>"
        f'<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{escape(text)}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    )
    return _sent(500, fault, None)


def _sent(status: int, inner: str, namespace: str | None) -> Response:
    own = f' xmlns="{namespace}"' if namespace else f' xmlns:sf="{_FAULTS}"'
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_ENVELOPE}"{own} '
        f'xmlns:xsi="{_INSTANCE}"><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>'
    )
    headers = {
        "content-type": "text/xml; charset=utf-8",
        "cache-control": "no-cache,must-revalidate,max-age=0,no-store,private",
        "vary": "Accept-Encoding",
        "server": "sfdcedge",
        "x-sfdc-request-id": secrets.token_hex(16),
    }
    return Response(status, text.encode(), headers)
