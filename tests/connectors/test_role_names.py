"""Names of buying roles as orgs spell them."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from connectors.model import ROLES
from connectors.role_names import canonical_role

SAME_IDEA = {
    "technical": {"technical"},
    "end_user": {"user"},
    "executive_sponsor": {"exec_sponsor"},
    "procurement_legal": {"procurement", "legal"},
    "decision_maker": {"economic_buyer"},
    "economic_buyer": {"economic_buyer"},
    "champion": {"champion"},
    "influencer": {"influencer"},
    "blocker": {"blocker"},
    "other_or_admin": {"other"},
}

SHIPPED = {
    "economic_buyer": """
        Responsable de la decisión | Authorized Signatory | Business Buyer
        Decision Maker (Economic) | Entscheidungsträger | Wirtschaftlicher Käufer
        Kaufmännischer Einkäufer | Wirtschaftlicher Entscheidungsträger | Décideur
        Décideur économique | Acheteur économique | Responsable de tomar decisiones
        Comprador económico | Responsable de decisiones económicas
        Responsabile delle decisioni | Acquirente economico | 意思決定者 | 経済的購入者
        Beslisser | Besluitvormer | Economische koper | Economische besluitvormer
        Tomador de decisão | Comprador econômico | Beslutsfattare | Ekonomisk köpare
        Ekonomisk beslutsfattare | Budgetverantwortlicher | Détenteur du budget
        Titular del presupuesto | Titolare del budget | 予算保持者 | Budgethouder
        Titular do orçamento | Budgetansvarig | DecisionMaker | DECISION_MAKER
        BUDGET_HOLDER | Decisionmaker | Final Decision-Maker | Economic buyer (CFO)
        Zeichnungsberechtigter | Firmante autorizado | Signataire autorisé
        Executive Decision Maker | Business Decision Maker | 1 - Economic Buyer
        Unterzeichner
        Entscheider | Entscheiderin | Mitentscheider | Kaufentscheider | Financial Approver
        Ultimate Decision Maker | Decisora | Tomadora de decisão | Signatário
        Eindbeslisser | Budgeteigenaar | 最終決裁者 | 決定権者 | 予算責任者 | Decisore economico
        Firmatario | Approvatore | Signataire | Approbateur | Decider | Contract Signer
        Comprador empresarial | Genehmiger | Autorizador | Responsable del presupuesto
        Exec Buyer | Kopman budget | 購入決定者
    """,
    "procurement": """
        Responsable de compras | Einkauf | Einkäufer | Leiter Einkauf
        Responsable achats | Service achats | Ufficio acquisti | Inkoop | Inköpare
        購買担当 | 調達 | Departamento de Compras | IT Procurement | Purchasing Agent
        Procurement Lead | Beschaffung
        Einkaufsleiter | Procurement Manager | Sourcing Manager | Inkoper | Inköpsansvarig
        購買部 | Responsabile acquisti | Directeur des achats | Purchaser | Vendor Manager
        Responsável pelas compras
    """,
    "technical": """
        IT Decision Maker | Technischer Käufer | Technischer Einkäufer
        Acheteur technique | Comprador técnico | Acquirente tecnico | 技術購入者 | 技術的購入者
        Technische koper | Teknisk köpare | Evaluador | Évaluateur | Valutatore
        評価者 | Beoordelaar | Avaliador | Utvärderare | Gutachter | Contact technique
        Technical Decision-Maker | Responsable informatique | Solution Architect
        IT | CTO | Decisor técnico
        Technical Advisor | Technisch beslisser | Beslutsfattare (teknisk) | 技術担当
        Responsabile IT | Referente tecnico | Directeur technique | Technical Lead
        Responsable technique | Avaliador técnico
    """,
    "champion": """
        Champion/Coach | Befürworter | Défenseur | Defensor | Sostenitore
        Promotore | 推進者 | チャンピオン | Voorvechter | Förespråkare | Technical Champion
        Internal Coach | Fürsprecher | Campeón | Campeão | Ambassadeur | CHAMPION
        Pleitbezorger | Fautore | 提唱者 | 支援者 | Apoiador | Aliado | Promotor | Förderer
        Evangelist | Supporter | Unterstützer | Soutien
    """,
    "user": """
        Business User | Geschäftsanwender | Endbenutzer | Endanwender
        Utilisateur final | Utilisateur métier | Usuario final | Usuario de negocios
        Utente finale | Utente aziendale | エンドユーザー | ビジネスユーザー | Eindgebruiker
        Zakelijke gebruiker | Usuário final | Utilizador final | Slutanvändare
        Affärsanvändare | END_USER | User Buyer | End-Users
        Usuária final | Utilizzatore finale | 利用部門 | Fachanwender | Key User | Användare
        Gebruiker | Authorized User | Utilisateur clé | Usuario clave
    """,
    "exec_sponsor": """
        Executive Sponsor | Sponsor exécutif | Parrain exécutif | Promoteur exécutif
        Patrocinador ejecutivo | Sponsor esecutivo | エグゼクティブスポンサー
        Uitvoerend sponsor | Patrocinador executivo | Verkställande sponsor
        EXECUTIVE_SPONSOR | Sponsor | Sponsor der Geschäftsleitung | Exec. Sponsor
        C-Level Sponsor | Project Sponsor | Patrocinador | Padrino | Geschäftsführer
        Power Sponsor | Business Sponsor | 経営者
    """,
    "influencer": """
        Influenceur | Influenciador | Persona influyente | Influenzatore
        Persona influente | 影響者 | インフルエンサー | Beïnvloeder | Påverkare
        Einflussnehmer | Beeinflusser | Prescripteur | Recommender
        Influencer/Recommender | Technical Influencer | Personne influente
        Influencer
        Influenciadora | Prescriptor | Invloedrijk persoon | Meinungsbildner | Advisor
        Berater | 推薦者 | 影響力のある人 | Decision Influencer | Consultant
    """,
    "blocker": """
        Blockierer | Bloqueur | Bloqueador | Oppositore | 反対者 | ブロッカー | Tegenstander
        Motståndare | Blocker | Anti-Champion | Gegner | Detractor
        Detrattore | Opposant | Gegner
    """,
    "legal": """
        Recht und Compliance | Rechtsabteilung | Juridique et conformité
        Legal y cumplimiento | Legale e conformità | 法務・コンプライアンス
        Juridisch en compliance | Jurídico e conformidade | Juridik och efterlevnad
        LEGAL_AND_COMPLIANCE | General Counsel | Avocat | Abogado | Legal Counsel
        Legal Advisor | Juridisch adviseur | Conseiller juridique | Rechtsberater | Juriste
        Legal Approver | 法務部 | Asesor legal | Responsable juridique
    """,
    "security": """
        IT-Sicherheit | Sécurité | Seguridad | Segurança da informação | Sicurezza
        Beveiliging | Säkerhet | セキュリティ | IT Security | CISO
        Datenschutzbeauftragter | InfoSec
        Security Officer | Responsable de seguridad | Datenschutz | Security Advisor
    """,
    "other": """
        Sonstige | Autre | Otros | Altro | その他 | Overig | Outro | Övrigt | OTHER
        Other | Former Champion | Not a decision maker | Billing Contact
        Stakeholder | Primary Contact | Partner | Kein Entscheider | Finance Contact
        Seguros
        Gatekeeper | Project Manager | Stakeholder | Partie prenante | Buyer
        Information Gatherer
    """,
}
"""Roles as Salesforce and HubSpot ship them in nine languages, and what admins make of them, by what they mean."""

CASES = [
    (name.strip(), role) for role, names in SHIPPED.items() for line in names.split("\n") for name in line.split(" | ")
]


@pytest.mark.parametrize(("raw", "role"), [case for case in CASES if case[0]])
def test_a_shipped_role_or_a_near_form_is_known(raw: str, role: str) -> None:
    assert canonical_role(raw, {}) == role


@pytest.mark.parametrize(
    ("raw", "role"),
    [
        ("Economic Buyer", "economic_buyer"),
        ("economic-buyer ", "economic_buyer"),
        ("Decision Maker", "economic_buyer"),
        ("Comprador Econômico", "economic_buyer"),
        ("Campeón", "champion"),
        ("Usuário Final", "user"),
        ("LEGAL_AND_COMPLIANCE", "legal"),
        ("Security", "security"),
        ("Blocker", "blocker"),
        ("Soft Credit", "other"),
    ],
)
def test_a_role_is_known_in_several_languages_and_spellings(raw: str, role: str) -> None:
    assert canonical_role(raw, {}) == role


@pytest.mark.parametrize("raw", [None, "", "  "])
def test_a_blank_role_says_nothing(raw: str | None) -> None:
    assert canonical_role(raw, {}) is None


def test_the_orgs_own_table_wins() -> None:
    assert canonical_role("Sponsor", {"Sponsor": "champion"}) == "champion"


def test_role_values_of_real_orgs_map_as_annotated() -> None:
    data = os.environ.get("DEALWARDEN_REFERENCE_DATA")
    if not data:
        pytest.skip("needs the reference data")
    with (Path(data) / "role_names.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [
        (row["value"], row["canonical_role"], found)
        for row in rows
        if (found := canonical_role(row["label"], {})) not in SAME_IDEA[row["canonical_role"]]
    ]
    assert wrong == []
    assert {canonical_role(row["value"], {}) for row in rows} <= set(ROLES)
