"""The names that orgs give to buying roles, and what they mean: whole names first, then the words in a name.

The words cover the roles that Salesforce and HubSpot ship in English, German, Spanish, French, Italian, Japanese,
Dutch, Portuguese and Swedish, and the forms that admins make of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from connectors.plain_text import folded, listed

_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")

_NAMES: Final[Mapping[str, str]] = {
    "economic_buyer": """
        economic buyer, economic decision maker, budget holder, budget owner, primary buyer, financial buyer
        financial advisor, decision maker, executive decision maker, signatory, benefits signatory, approver, eb
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


_SYNONYMS: Final = {
    folded(name): role for role, names in _NAMES.items() for name in names.replace("\n", ",").split(",") if name.strip()
}


VERSION: Final = "2"
"""Changes when a name would be read as another role than before, so that stored roles are read again."""


class _Words:
    """Words of one meaning: ``stem*`` begins a word, ``*stem*`` is anywhere in it, others are whole words.

    Japanese has no blanks between words, so its words are looked for anywhere in a name.
    """

    def __init__(self, listed: str) -> None:
        words = [word.strip() for word in listed.replace("\n", ",").split(",") if word.strip()]
        self._japanese = tuple(word for word in words if not word.isascii())
        latin = [word for word in words if word.isascii()]
        self._inside = tuple(word.strip("*") for word in latin if word.startswith("*"))
        self._begins = tuple(word[:-1] for word in latin if word.endswith("*") and not word.startswith("*"))
        self._whole = frozenset(word for word in latin if "*" not in word)

    def within(self, name: str, words: Sequence[str]) -> bool:
        """Whether any of the words is in a name, given also as its folded *words*."""
        return (
            not self._whole.isdisjoint(words)
            or any(word.startswith(self._begins) for word in words if self._begins)
            or any(part in word for part in self._inside for word in words)
            or any(part in name for part in self._japanese)
        )


_NEGATED: Final = _Words("""
    not, non, no, former, ex, past, nicht, kein*, ehemalig*, ancien*, niet, geen, inte, nao, sem, sin, 元
""")
_BLOCKER: Final = _Words("""
    block*, blok*, bloqu*, blocc*, detract*, detrat*, opponent, opposant*, opposit*, oposit*, oppon*
    adversar*, gegner*, tegenstand*, motstand*, anti, skeptic*, critic, obstacle, ostacol*, frein, ブロッカ, 反対
    阻害
""")
_ECONOMIC: Final = _Words("""
    econom*, ekonom*, okonom*, wirtschaft*, kaufmann*, finan*, commercial*, comercial*, 経済, 財務
""")
_TECHNICAL: Final = _Words("""
    tech*, tecn*, tekni*, it, ict, edv, cto, cio, dsi, informatik*, informatiq*, informatic*, evaluat*
    evaluad*, avaliad*, valutat*, bewert*, gutacht*, beoordel*, utvarder*, *architect*, *architekt*
    arquitet*, arquitect*, architett*, engineer*, *ingenieur*, ingenier*, ingegner*, engenh*, develop*
    *entwickler*, 技術, テクニカル, 評価, 情報システム
""")
_BUYER: Final = _Words("""
    buyer*, comprador*, *kaufer*, acheteu*, acquirent*, comprator*, koper, kopers, inkoper*, *kopare*, 購入者
    購買者, バイヤ
""")
_DECISION: Final = _Words("""
    decis*, decid*, descis*, *entscheid*, besluit*, beslut*, signat*, signer*, signing, firmant*, firmatar*
    unterzeich*, zeichnungs*, unterschrift*, onderteken*, tekenbevoegd*, underteckn*, approv*, aprob*, aprov*
    approb*, genehmig*, freigabe*, freigeb*, goedkeur*, godkann*, *budget*, presupuest*, orcament*, *beslis*
    authorizer*, authoriser*, autorizador*, autorizzator*
    意思決定, 決裁, 決定者, 承認, 予算, 署名, 決定権
""")
_INFLUENCER: Final = _Words("""
    influ*, *einfluss*, einfluss*, beinvloed*, paverk*, inflytels*, recommend*, recomend*, empfehl*, prescri*
    invloed*, multiplikator*, meinungs*
    影響, インフルエンサ, 推薦
""")
_ADVISER: Final = _Words("""
    advis*, advies*, advisor*, adviser*, asesor*, assessor*, consult*, consigli*, conseil*, berater*, radgiv*
    助言
""")
_LEGAL: Final = _Words("""
    legal*, attorney*, counsel*, lawyer*, *jurid*, *giurid*, *jurist*, giurist*, avocat*, abogad*, advogad*
    avvocat*, advokat*, advocaat*, anwalt*, *anwalt*, rechts*, recht, *compliance*, conformit*, conformid*
    cumplimiento, naleving, efterlevnad, 法務, 法律, 弁護士, コンプライアンス
""")
_SECURITY: Final = _Words("""
    secur*, segurid*, seguranc*, *sicherheit*, sicurezza, *beveilig*, *sakerhet*, ciso, infosec, dpo
    *datenschutz*, privacy, セキュリティ
""")
_PROCUREMENT: Final = _Words("""
    procur*, purchas*, sourcing, vendor*, compras, adquisic*, aquisic*, suprimento*, *einkauf*, *beschaff*
    achat*, approvision*, acquisti, approvvigion*, *inkoop*, inkoper*, *inkop*, *upphandl*, 購買, 調達
""")
_CHAMPION: Final = _Words("""
    *champion*, campe*, campion*, kampioen*, advocate*, coach*, mobili*, support*, defens*, promot*, *befurwort*
    *fursprech*, verfecht*, unterstutz*, sostenit*, ambassad*, allie, ally, aliad*, alleat*, evangelist*, voorvecht*
    pleitbezorg*, voorstander*, foresprak*, fautor*, soutien*, apoiad*, forderer*
    チャンピオン, 推進, 支持, 擁護, コーチ, 提唱, 支援, 賛同
""")
_SPONSOR: Final = _Words("""
    *sponsor*, patrocin*, parrain*, padrino, padrinho, sponsorisat*, スポンサ, 後援
""")
_EXECUTIVE: Final = _Words("""
    exec, execut*, ejecut*, exekutiv*, esecutiv*, *geschaftsfuhr*, *geschaftsleit*, *fuhrungskraft*
    vorstand*, ceo, uitvoerend*, leidinggevend*, verkstallande, chef*, エグゼクティブ, 経営, 役員
""")
_USER: Final = _Words("""
    user*, enduser*, usuari*, *benutzer*, *anwender*, *nutzer*, utilisat*, utent*, utilizad*, *gebruik*, *anvandar*
    utilizz*
    ユーザ, 使用者, 利用
""")


@lru_cache(maxsize=4096)
def _by_words(raw: str) -> str:
    """Return the role that the words of a name stand for, the narrower meaning before the wider.

    "IT Decision Maker" is technical and "Technical Champion" a champion, as the playbook uses them: who judges the
    technology, and who sells inside, whatever else they may decide.
    """
    name = unicodedata.normalize("NFKC", raw).casefold()
    words = folded(_CAMEL.sub(" ", raw)).split()

    def has(meaning: _Words) -> bool:
        return meaning.within(name, words)

    if has(_NEGATED):
        return "other"
    buys, decides = has(_BUYER), has(_DECISION)
    meant = (
        ("blocker", has(_BLOCKER)),
        ("economic_buyer", has(_ECONOMIC) and (buys or decides)),
        # "Technischer Einkäufer" is how Salesforce says "Technical Buyer" in German, and nobody of procurement.
        ("technical", has(_TECHNICAL) and buys),
        ("influencer", has(_INFLUENCER)),
        ("legal", has(_LEGAL)),
        ("security", has(_SECURITY)),
        ("procurement", has(_PROCUREMENT)),
        ("exec_sponsor", has(_EXECUTIVE) and (has(_SPONSOR) or has(_CHAMPION))),
        ("champion", has(_CHAMPION)),
        ("exec_sponsor", has(_SPONSOR)),
        ("technical", has(_TECHNICAL)),
        ("economic_buyer", decides),
        ("user", has(_USER)),
        # "Buyer" alone is as often a purchasing clerk as the one who pays.
        ("economic_buyer", buys and len(words) > 1),
        # An adviser of a domain was found with it: a "Legal Advisor" is legal.
        ("influencer", has(_ADVISER)),
        ("exec_sponsor", has(_EXECUTIVE)),
    )
    return next((role for role, is_meant in meant if is_meant), "other")


_NO_ROLE: Final = listed("""
    other, others, none, unknown, not applicable, n a, tbd, sonstige, sonstiger, sonstiges, andere, anderer, keine, otro
    otra, otros, ninguno, autre, autres, aucun, altro, altri, nessuno, その他, なし, overig, overige, anders, geen
    outro, outra, outros, nenhum, övrigt, övriga, annan, annat, ingen
""")


def names_no_role(raw: str) -> bool:
    """Whether a role's name itself says that it is none of the canonical ones, so that nobody needs to map it."""
    return folded(raw) in _NO_ROLE


def canonical_role(raw: str | None, own: Mapping[str, str]) -> str | None:
    """Return the canonical role of an org's role name; *own* is the org's own table and takes precedence.

    A blank name is None: no role was recorded. An unknown name is ``other``: a role outside the canonical ones.
    """
    if raw is None or not (name := raw.strip()):
        return None
    if name in own:
        return own[name]
    # Not None: a person did record a role, so "no role" would be false.
    return _SYNONYMS.get(folded(name)) or _by_words(name)
