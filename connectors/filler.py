"""Words that only fill a field, in texts and picklists alike: "TBD", "n/a", "No champion identified" and their kind.

The lists cover English, German, Spanish, French, Italian, Japanese, Dutch, Portuguese and Swedish.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from connectors.plain_text import folded, listed

_LONGEST_FILLER: Final = 60
_TAG: Final = re.compile(r"<[^>]*>")
_PARTED: Final = re.compile(r"[/,|;()]|\s[-\u2013\u2014]+\s")
_IDEOGRAPH: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_BEGINS_AS_FILLER: Final = re.compile(
    r"(?:tbd|tba|tbc|ntb|to be (?:defined|determined|confirmed|announced|discussed|decided|completed)|todo)\b"
)

_NOTHING: Final = listed("""
    tbd, tba, tbc, todo, to do, na, n a, n v, nan, nil, null, none, none yet, nothing, nothing yet, unknown
    undefined, undetermined, unspecified, unassigned, unidentified, not known, dunno, not sure, unsure, no idea
    do not know, dont know, don t know, pending, pending info, open, to be defined, to be determined
    to be confirmed, to be announced, to be discussed, not defined, not defined yet, not available, not applicable
    not yet, not yet known, not yet identified, not identified, not started, not set, not specified, not provided
    not selected, not entered, not assigned, not determined, no one, nobody, no one yet, missing, empty, blank
    select, select one, please select, choose, choose one, placeholder, dummy, low, very low, low confidence
    no confidence, weak, poor

    unbekannt, noch unbekannt, offen, noch offen, keine, keiner, keines, kein, keine angabe, keine angaben, k a, ka
    keine ahnung, folgt, noch unklar, unklar, in klärung, in klaerung, zu klären, noch zu klären, wird geklärt
    zu bestimmen, noch zu bestimmen, nicht bekannt, noch nicht bekannt, nicht definiert, nicht festgelegt
    nicht identifiziert, nicht benannt, nicht vorhanden, nicht verfügbar, nicht zutreffend, nicht anwendbar
    nicht ausgewählt, nicht begonnen, nicht gestartet, noch nicht, noch keine, noch keiner, entfällt, ausstehend
    steht noch aus, steht aus, niemand, nichts, fehlt, weiß nicht, weiss nicht, unbestimmt, niedrig, gering, schwach
    geringes vertrauen, bitte auswählen, bitte wählen

    a definir, por definir, sin definir, a determinar, por determinar, a confirmar, por confirmar, por identificar
    pendiente, pendiente de definir, pendiente de confirmar, desconocido, desconocida, no sé, no se, no se sabe
    ninguno, ninguna, nada, nadie, no aplica, no aplicable, no procede, no disponible, no definido, no identificado
    no determinado, no conocido, no iniciado, sin iniciar, sin identificar, sin asignar, sin datos, sin información
    sin informacion, sin especificar, todavía no, todavia no, aún no, por verificar, a verificar, indefinido, n d
    s d, bajo, baja, muy bajo, baja confianza, débil, seleccionar, seleccione

    inconnu, inconnue, à définir, a definir, à déterminer, à confirmer, à préciser, à compléter, à identifier
    à renseigner, non défini, non définie, non déterminé, non identifié, non identifiée, non renseigné
    non renseignée, non connu, non précisé, non applicable, non disponible, non commencé, non démarré, sans objet
    s o, n c, nc, so, néant, aucun, aucune, rien, personne, pas encore, pas encore connu, pas connu, pas défini
    pas identifié, en attente, ne sais pas, je ne sais pas, faible, très faible, faible confiance, sélectionner

    sconosciuto, sconosciuta, ignoto, da definire, da determinare, da confermare, da verificare, da identificare
    da compilare, ancora da definire, non definito, non identificato, non determinato, non disponibile
    non applicabile, non noto, non nota, non conosciuto, non iniziato, non avviato, non specificato, non so, nessuno
    nessuna, niente, nulla, in attesa, in sospeso, non ancora, basso, bassa, molto basso, bassa fiducia, debole
    seleziona

    不明, 未定, 未確認, 未設定, 未入力, 未記入, 未着手, 未開始, 未対応, 未特定, 未決定, 未回答, 未選択, 未定義, 未
    なし, 無し, 無, 特になし, 該当なし, 該当せず, 対象外, 確認中, 調査中, 検討中, 要確認, 保留, 後日, 後日決定
    わからない, 分からない, 低, 低い, 選択してください, 指定なし, 情報なし

    onbekend, nog onbekend, niet bekend, nog niet bekend, te bepalen, nog te bepalen, n t b, ntb, nvt, n v t
    niet van toepassing, niet beschikbaar, niet ingevuld, niet gedefinieerd, niet geïdentificeerd, niet bepaald
    niet gestart, niet begonnen, nog niet, nog niet gestart, geen, geen idee, niemand, niets, weet niet, volgt
    in afwachting, wordt bepaald, laag, zeer laag, zwak, selecteer

    pendente, não, nao, não sei, nao sei, desconhecido, desconhecida, nenhum, nenhuma, ninguém, não aplicável
    não se aplica, não definido, não definida, não identificado, não identificada, não informado, não determinado
    não disponível, não conhecido, não iniciado, não iniciada, sem informação, sem definição, sem dados
    sem resposta, ainda não, por preencher, a preencher, a identificar, em aberto, aguardando, baixo, baixa
    muito baixo, baixa confiança, fraco, selecionar, selecione

    okänd, okänt, ej känd, ej känt, inte känt, ej angivet, ej angiven, ej aktuellt, ej tillämpligt, inte tillämpligt
    ej fastställt, inte fastställt, ej identifierad, inte identifierad, ej definierat, ej påbörjad, ej påbörjat
    inte påbörjad, saknas, ingen, inget, inga, ingen uppgift, vet ej, vet inte, återkommer, ska fastställas
    att bestämma, ska bestämmas, ska fastställas, att fastställa, obestämt, oklart, oklar, väntar, avvaktar
    ännu inte, inte än, låg, lågt, svag, välj

    unconfirmed, unvalidated, unqualified, unaware, unverified
    none selected, none identified, not done, tbd unknown, unbestätigt
    ungeklärt, non confirmé, no confirmado, non confermato, niet bevestigd
    não confirmado, ej bekräftad, 未検証, 低確度, 確度低
""")
"""What says that nothing is known, or no more than the lowest: level 0 in a picklist, filler in a text."""

_EMPTY_TALK: Final = listed("""
    see notes, see above, see email, as above, same, ditto, yes, no, ok, okay, fine, good, great, sure, done, true
    false, asap, soon, later, in progress, wip, ongoing, check, checked, will check, to check, will ask, to ask, ask
    follow up, update, update later, needs update, test, testing, asdf, asdfasdf, qwerty, lorem ipsum, foo, bar
    foobar, blah, blah blah, bla, bla bla, abc, strong, strong champion, have champion, we have a champion
    champion identified, good champion, identified, confirmed

    sim, si, sí, em andamento, en curso, en progreso, verificar, depois
    después, despues, ja, nein, in arbeit, läuft, erledigt, siehe notizen
    siehe oben, später, oui, non, en cours, voir notes, plus tard, fait
    in corso, fatto, vedi note, più tardi, nee, bezig, later, zie notities
    gedaan, nej, pågår, klart, se anteckningar, senare, はい, いいえ, 対応中, 進行中
    完了, 後で
""")
"""What says something in a picklist, which offers it as one step of several, and nothing in a text."""

_NEGATIONS: Final = listed("""
    no, not, none, without, kein, keine, keinen, nicht, noch kein, ohne, sin, aucun, aucune, pas, sans, nessun
    nessuno, nessuna, senza, geen, niet, zonder, nenhum, nenhuma, nao, sem, ingen, inget, inga, inte, ej, utan
""")
_KNOWN: Final = listed("""
    identified, known, defined, determined, assigned, selected, found, named, confirmed, established, set, started
    yet, available, applicable, info, information, data, identifiziert, bekannt, benannt, definiert, gefunden
    festgelegt, bestimmt, vorhanden, identificado, identificada, conocido, definido, definida, asignado, encontrado
    confirmado, identifié, identifiée, connu, défini, définie, désigné, trouvé, identificato, identificata, noto
    definito, trovato, geïdentificeerd, bekend, gedefinieerd, gevonden, benoemd, conhecido, atribuído, encontrada
    identifierad, identifierat, känd, definierad, utsedd, fastställd

    engaged, validated, discussed, met, agreed, documented, complete, completed, qualified, tested, verified
    approved, done, clear, contacted, involved, aligned, bestätigt, validiert, besprochen, geklärt, abgestimmt
    erstellt, begonnen, dokumentiert, qualifiziert, eingebunden, validado, discutido, acordado, iniciado
    documentado, contactado, validé, discuté, commencé, documenté, convenu, impliqué, confermato, validato, discusso
    iniziato, documentato, coinvolto, bevestigd, gevalideerd, besproken, begonnen, gedocumenteerd, betrokken
    combinado, envolvido, bekräftad, validerad, diskuterad, påbörjad, dokumenterad, involverad
""")
_MISSED: Final = listed("""
    champion, sponsor, buyer, owner, contact, budget, metric, metrics, criteria, process, pain, competitor
    competitors, competition, plan, access, decision, maker, stakeholder, coach, käufer, entscheider
    ansprechpartner, kontakt, kennzahlen, prozess, kriterien, wettbewerb, wettbewerber, campeón, patrocinador
    comprador, decisor, contacto, presupuesto, métricas, criterios, proceso, competidor, competencia, décideur
    acheteur, interlocuteur, critères, processus, concurrent, concurrence, campione, acquirente, decisore, contatto
    metriche, criteri, processo, concorrente, kampioen, koper, beslisser, contactpersoon, proces, concurrent
    campeão, contato, orçamento, concorrência, köpare, beslutsfattare, kontaktperson, konkurrent, process
""")
"""What an element asks for: a denial of it says only that it is missing. Others say something: "No lock-in"."""

_LONGEST_DENIAL: Final = 5
"""Words of a denial that says no more than that something is missing: "No champion", "kein Sponsor benannt"."""

_JAPANESE_DENIAL: Final = re.compile(r"(?:なし|無し|未(?:定|確認|設定|入力|特定|決定|着手)|不明|いない|未選定)$")


def visible_text(text: str) -> str:
    """Return a text field as a reader sees it: without markup and without runs of blanks."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = unescape(text)
    return " ".join(text.split())


def says_nothing(text: str) -> bool:
    """Whether words say that nothing is known: "--None--", "To Be Determined", "No Champion Identified", "?".

    The same list counts for texts and for the values of picklists.
    """
    words = folded(text)
    if not words or words in _NOTHING or _BEGINS_AS_FILLER.match(words) is not None or _denies(words, text):
        return True
    parts = [part for part in _PARTED.split(text) if part.strip()]
    return len(parts) > 1 and all(says_nothing(part) for part in parts)


def is_filler(text: str) -> bool:
    """Whether a filled text says nothing: "TBD", "n/a", "xxx", "strong champion", or too few letters.

    Empty text is not filler; it is empty.
    """
    seen = visible_text(text)
    # A long text is trusted unless it repeats one or two characters.
    if not seen or len(seen) > _LONGEST_FILLER:
        return bool(seen) and len(set(seen.casefold()) - {" "}) < 3
    words = folded(seen)
    letters = words.replace(" ", "")
    if words in _EMPTY_TALK or says_nothing(seen):
        return True
    if len(letters) < 3:
        # Two ideographs are a word; two Latin letters are not.
        return len(letters) < 2 or _IDEOGRAPH.search(letters) is None
    return len(set(letters)) == 1


def _denies(words: str, text: str) -> bool:
    first, *rest = words.split()
    if _JAPANESE_DENIAL.search(text.strip()) is not None:
        return True
    if first not in _NEGATIONS or not rest or len(rest) >= _LONGEST_DENIAL:
        return False
    return not (_KNOWN | _MISSED).isdisjoint(rest)
