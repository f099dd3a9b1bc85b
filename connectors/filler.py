"""Recognise text that only fills a field: "TBD", "n/a" and their kind in the languages that CRMs are used in."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_LONGEST_FILLER: Final = 60
_TAG: Final = re.compile(r"<[^>]*>")
_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_IDEOGRAPH: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_BEGINS_AS_FILLER: Final = re.compile(
    r"(?:tbd|tba|tbc|to be (?:defined|determined|confirmed|announced|discussed)|todo)\b"
)

_FILLERS: Final = frozenset(
    phrase.strip()
    for phrase in """
    tbd, tba, tbc, todo, to do, na, n a, nan, nil, null, none, none yet, nothing, nothing yet, unknown
    not known, dunno, not sure, unsure, no idea, do not know, dont know, don t know, see notes, see above
    see email, as above, same, ditto, yes, no, ok, okay, fine, good, great, sure, done, true, false, asap
    soon, later, pending, pending info, in progress, wip, ongoing, open, check, checked, will check
    to check, will ask, to ask, ask, follow up, update, update later, needs update, to be defined
    to be determined, to be confirmed, to be announced, to be discussed, not defined, not defined yet
    not available, not applicable, not yet, not yet known, not yet identified, not identified, no one
    nobody, no one yet, missing, test, testing, asdf, asdfasdf, qwerty, lorem ipsum, foo, bar, foobar, blah
    blah blah, bla, bla bla, abc, placeholder, dummy, strong, strong champion, have champion
    we have a champion, champion identified, good champion, identified, confirmed, a definir, por definir
    a confirmar, por confirmar, pendente, pendiente, não, nao, não sei, nao sei, no sé, no se, sim, si, sí
    desconhecido, desconocido, nenhum, nenhuma, ninguno, ninguna, nada, não aplicável, nao aplicavel
    não se aplica, nao se aplica, no aplica, sem informação, sem informacao, sin información
    sin informacion, ainda não, ainda nao, todavía no, todavia no, em andamento, en curso, a verificar
    por verificar, verificar, depois, después, despues, unbekannt, offen, noch offen, keine, keiner, nein
    ja, folgt, noch unklar, unklar, in klärung, in klaerung, inconnu, à définir, a definir, aucun, aucune
    oui, non, en cours, à confirmer
    """.replace("\n", ",").split(",")
    if phrase.strip()
)


def visible_text(text: str) -> str:
    """Return a text field as a reader sees it: without markup and without runs of blanks."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = unescape(text)
    return " ".join(text.split())


def is_filler(text: str) -> bool:
    """Whether a filled text says nothing: "TBD", "n/a", "xxx", "strong champion", or too few letters.

    Empty text is not filler; it is empty.
    """
    seen = visible_text(text)
    # A long text is trusted unless it repeats one or two characters.
    if not seen or len(seen) > _LONGEST_FILLER:
        return bool(seen) and len(set(seen.casefold()) - {" "}) < 3
    words = _NOT_A_WORD.sub(" ", seen.casefold()).strip()
    letters = words.replace(" ", "")
    if len(letters) < 3:
        # Two ideographs are a word; two Latin letters are not.
        return len(letters) < 2 or _IDEOGRAPH.search(letters) is None
    return len(set(letters)) == 1 or words in _FILLERS or _BEGINS_AS_FILLER.match(words) is not None
