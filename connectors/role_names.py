"""The names that orgs give to buying roles, in English, Portuguese and Spanish, and what they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_BLANKS: Final = re.compile(r"[\W_]+")

_NAMES: Final[Mapping[str, str]] = {
    "economic_buyer": """
        economic buyer, economic decision maker, budget holder, budget owner, primary buyer, financial buyer
        financial advisor, decision maker, executive decision maker, signatory, benefits signatory, approver
        final approver, contract signatory, comprador economico, decisor, decisor economico
        tomador de decisao, responsavel pelo orcamento, aprovador, signatario, tomador de decisiones
        decisor economico, responsable del presupuesto, aprobador, firmante
    """,
    "champion": """
        champion, advocate, potential advocate, coach, internal champion, mobilizer, supporter, campeao
        defensor, patrocinador interno, campeon, promotor
    """,
    "technical": """
        technical buyer, technical evaluator, technical contact, technical, evaluator, architect
        technical decision maker, comprador tecnico, avaliador, avaliador tecnico, contato tecnico
        evaluador, evaluador tecnico, contacto tecnico
    """,
    "user": """
        business user, end user, user, user buyer, key user, power user, usuario, usuario final
        usuario de negocios, usuario chave, usuario empresarial, usuario clave
    """,
    "procurement": """
        procurement, procurement contact, purchasing, purchasing contact, sourcing, procurement legal
        vendor management, compras, contato de compras, suprimentos, contacto de compras, adquisiciones
    """,
    "legal": """
        legal, legal contact, legal and compliance, legal compliance, attorney, counsel, general counsel
        lawyer, juridico, contato juridico, advogado, contacto legal, abogado
    """,
    "security": """
        security, security contact, information security, infosec, ciso, data protection officer, dpo
        seguranca, seguranca da informacao, seguridad, seguridad de la informacion
    """,
    "exec_sponsor": """
        executive sponsor, exec sponsor, sponsor, executive, patrocinador, patrocinador executivo
        patrocinador ejecutivo
    """,
    "influencer": """
        influencer, recommender, influenciador, recomendador, influyente, influenciadora
    """,
    "blocker": """
        blocker, detractor, opponent, bloqueador, opositor, detrator
    """,
}


def _plain(name: str) -> str:
    """Fold case, accents and punctuation, so that one entry of the table covers all spellings."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return _BLANKS.sub(" ", bare).strip()


_SYNONYMS: Final = {
    _plain(name): role for role, names in _NAMES.items() for name in names.replace("\n", ",").split(",") if name.strip()
}


def canonical_role(raw: str | None, own: Mapping[str, str]) -> str | None:
    """Return the canonical role of an org's role name; *own* is the org's own table and takes precedence.

    A blank name is None: no role was recorded. An unknown name is ``other``: a role outside the canonical ones.
    """
    if raw is None or not (name := raw.strip()):
        return None
    if name in own:
        return own[name]
    # Not None: a person did record a role, so "no role" would be false.
    return _SYNONYMS.get(_plain(name), "other")
