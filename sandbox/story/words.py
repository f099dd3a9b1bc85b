"""The vocabulary of the made-up pipeline: people, companies, subjects. Every name is fictional."""

from __future__ import annotations

FIRST_NAMES = (
    "Adaora", "Aino", "Alma", "Amir", "Anneke", "Bao", "Beatriz", "Bjarne", "Carys", "Chidi", "Clara", "Dario",
    "Devika", "Ebba", "Elio", "Emre", "Farah", "Felipe", "Freya", "Gita", "Gunnar", "Hana", "Hector", "Ines",
    "Isak", "Jaya", "Joris", "Kaito", "Katya", "Kofi", "Lena", "Luca", "Maeve", "Malik", "Marta", "Mei", "Milan",
    "Nadia", "Niamh", "Noor", "Odile", "Omar", "Petra", "Piet", "Quinn", "Ravi", "Rosa", "Ruben", "Sana", "Selma",
    "Silas", "Tariq", "Tessa", "Tomas", "Uma", "Viktor", "Wanda", "Xenia", "Yara", "Zoltan",
)  # fmt: skip

LAST_NAMES = (
    "Abara", "Almeida", "Arkwright", "Bakkerveld", "Bergmark", "Calloway", "Castellan", "Dahlgren", "Demirel",
    "Dunmore", "Eikeland", "Espinar", "Falkner", "Ferrante", "Gadot", "Greenlaw", "Hakimi", "Hollis", "Ibekwe",
    "Ishiguro", "Jansma", "Kapadia", "Kessler", "Kowalik", "Lindqvist", "Lockhart", "Marchetti", "Mbeki", "Moreau",
    "Nakagawa", "Norling", "Obuya", "Okonjo", "Oyelaran", "Pemberton", "Petrov", "Quintana", "Rademaker", "Rahimi",
    "Rosenkvist", "Sandoval", "Sauvage", "Serrano", "Silvestri", "Takeda", "Thornbury", "Tidemann", "Ueland",
    "Valdez", "Verhoef", "Wexford", "Winterbourne", "Yilmaz", "Zamora", "Zielinski",
)  # fmt: skip

COMPANY_FIRST = (
    "Alder", "Amber", "Basalt", "Birch", "Brightwater", "Cinder", "Cobalt", "Copper", "Crane", "Dune", "Ember",
    "Fallow", "Fern", "Flint", "Foxglove", "Gale", "Granite", "Harbour", "Hazel", "Heath", "Indigo", "Iron",
    "Juniper", "Kestrel", "Lantern", "Larch", "Linden", "Maple", "Marble", "Meridian", "Mistral", "Moss", "North",
    "Oak", "Ochre", "Onyx", "Otter", "Pebble", "Pine", "Quarry", "Quill", "Raven", "Reed", "River", "Rowan",
    "Saffron", "Sable", "Silver", "Slate", "Sparrow", "Stone", "Summit", "Swift", "Tern", "Thistle", "Timber",
    "Umber", "Vale", "Willow", "Wren", "Yarrow", "Zephyr",
)  # fmt: skip

COMPANY_SECOND = (
    "bank", "bridge", "brook", "cliff", "crest", "field", "ford", "gate", "grove", "haven", "hill", "hollow",
    "lake", "mark", "mead", "mill", "moor", "peak", "point", "port", "ridge", "shore", "side", "spring", "stead",
    "wall", "ward", "well", "wick", "wood",
)  # fmt: skip

INDUSTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Banking", ("Bank", "Capital", "Credit Union")),
    ("Biotechnology", ("Biologics", "Therapeutics", "Labs")),
    ("Energy", ("Energy", "Grid", "Renewables")),
    ("Healthcare", ("Health", "Clinics", "Medical Group")),
    ("Insurance", ("Insurance", "Mutual", "Re")),
    ("Manufacturing", ("Industries", "Components", "Works")),
    ("Media", ("Media", "Studios", "Press")),
    ("Retail", ("Stores", "Markets", "Outfitters")),
    ("Technology", ("Systems", "Software", "Networks")),
    ("Telecommunications", ("Telecom", "Mobile", "Fibre")),
    ("Transportation", ("Logistics", "Freight", "Lines")),
)

COUNTRIES = (
    "United States", "United States", "United States", "Canada", "United Kingdom", "Germany", "France",
    "Netherlands", "Sweden", "Spain", "Brazil", "India", "Japan", "Australia",
)  # fmt: skip

TEAMS: tuple[tuple[str, str, str], ...] = (
    ("East", "United States", "America/New_York"),
    ("West", "United States", "America/Los_Angeles"),
    ("Central", "United States", "America/Chicago"),
    ("UK and Ireland", "United Kingdom", "Europe/London"),
    ("DACH", "Germany", "Europe/Berlin"),
    ("Nordics", "Sweden", "Europe/Stockholm"),
    ("South Asia", "India", "Asia/Kolkata"),
    ("Pacific", "Australia", "Australia/Sydney"),
)
"""Team, country, time zone."""

PRODUCTS = (
    "platform", "analytics rollout", "plant monitoring", "service desk", "data hub", "planning suite",
    "fleet tracking", "claims automation", "risk console", "billing engine", "field mobility", "identity suite",
)  # fmt: skip

PARTNERS = ("Fieldstone Advisory", "Halyard Consulting", "Trellis Integrators", "Wayfarer Cloud Services")

LEAD_SOURCES = ("Web", "Phone Inquiry", "Employee Referral", "Trade Show", "Customer Event", "Outbound")

MEETING_SUBJECTS = (
    "Discovery workshop", "Needs analysis", "Product demo", "Technical deep dive", "Success criteria review",
    "Weekly sync", "ROI working session", "Security questions", "Pricing walkthrough", "Executive briefing",
    "Reference call debrief", "Mutual action plan review",
)  # fmt: skip

CALL_SUBJECTS = (
    "Call: open questions", "Call: next steps", "Call: pricing", "Call: check-in", "Call: contract comments",
    "Call: references",
)  # fmt: skip

MAIL_SUBJECTS = (
    "Follow-up from today", "Updated proposal", "Questions from our team", "Security questionnaire",
    "Agenda for Thursday", "Business case draft", "Reference customers", "Timeline to signature",
    "Data processing agreement", "Pilot results",
)  # fmt: skip

TO_DO_SUBJECTS = (
    "Send updated order form", "Prepare demo environment", "Share reference story", "Chase redlines",
    "Update the ROI sheet", "Ask about budget cycle", "Book the steering meeting", "Write meeting summary",
    "Check discount approval",
)  # fmt: skip

NEXT_STEPS = (
    "Workshop on success criteria", "Send ROI draft to finance", "Meet the steering committee",
    "Security review kick-off", "Redlines back from legal", "Pilot read-out", "Demo for the user group",
    "Agree the mutual action plan", "Confirm budget with the CFO", "Reference call", "Signature planning",
)  # fmt: skip
