"""simple-salesforce, logged in over SOAP: its queries, describes, limits and per-object calls. Prints what it saw.

Runs in an environment that holds simple-salesforce alone: simple_salesforce_calls.py URL USER PASSWORD CA_FILE
"""

from __future__ import annotations

import json
import sys
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, SalesforceAuthenticationFailed, SalesforceLogin, SalesforceResourceNotFound

url, user, password, ca_file = sys.argv[1:]
LOGIN = "https://login.salesforce.com"


class ToLoopback(HTTPAdapter):
    """Sends what is meant for the login host, which the client fixes, to the sandbox."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send *request* with its host replaced."""
        request.url = str(request.url).replace(LOGIN, url, 1)
        return super().send(request, **options)


http = requests.Session()
http.trust_env = False
http.verify = ca_file
http.mount(LOGIN, ToLoopback())

seen: dict[str, Any] = {}
try:
    SalesforceLogin(username=user, password="wrong", security_token="", session=http)
except SalesforceAuthenticationFailed as error:
    seen["wrong password"] = str(error.code)
client = Salesforce(username=user, password=password, security_token="", session=http)

page = client.query("SELECT Id FROM Task")
records = page["records"]
pages = 1
while not page["done"]:
    page = client.query_more(page["nextRecordsUrl"], identifier_is_url=True)
    records += page["records"]
    pages += 1
seen["tasks"] = {"total": page["totalSize"], "read": len({one["Id"] for one in records}), "pages": pages}
for name in ("Opportunity", "Contact", "Account", "OpportunityContactRole", "User"):
    seen[name] = len(list(client.query_all_iter(f"SELECT Id FROM {name}")))
seen["objects"] = len(client.describe()["sobjects"])
seen["fields of Opportunity"] = len(client.Opportunity.describe()["fields"])
seen["limit"] = client.limits()["DailyApiRequests"]["Max"]
made = client.Task.create({"Subject": "Call"})["id"]
seen["update"] = client.Task.update(made, {"Subject": "Call again"})
seen["read"] = client.Task.get(made)["Subject"]
seen["upserts"] = [client.Task.upsert("Dealwarden_Key__c/outside", {"Subject": "One"}) for _ in range(2)]
seen["by key"] = client.Task.get_by_custom_id("Dealwarden_Key__c", "outside")["Subject"]
seen["delete"] = client.Task.delete(made)
try:
    client.Task.get(made)
except SalesforceResourceNotFound as error:
    seen["gone"] = error.status
print(json.dumps(seen))
