"""Loads rule files: shipped packs below, then the config, then the operator's overlays, checked as one whole."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePath
from typing import Final

from rules.files.document import Node, RuleFile, overlaid, read
from rules.files.fields import Table, table
from rules.files.fingerprint import fingerprint
from rules.files.keys import PACK_KEYS, TABLES
from rules.files.languages import language_file, language_of
from rules.files.problems import Problems
from rules.files.rule_effects import check_relations
from rules.files.rule_table import RuleContext, read_rule
from rules.files.shared_tables import (
    is_id,
    read_families,
    read_gates,
    read_pilot,
    read_scope,
    read_segments,
    segment_order,
)
from rules.files.shipped import pack_names, pack_text
from rules.language.errors import Problem, RuleError, nearest, shown
from rules.language.location import Location
from rules.language.signal import Signal
from rules.language.words import ENGLISH
from rules.model import Gates, Rule, RuleSet, ScopeLimits

__all__ = ["RuleFile", "assemble", "load", "pack_names"]

_OF_CONFIG: Final = ("segments", "scope", "families")


@lru_cache(maxsize=1)
def shipped_rule_ids() -> frozenset[str]:
    """Return the id of every rule of every shipped pack, loaded or not."""
    packs = (tomllib.loads(pack_text(name)) for name in pack_names())
    return frozenset(rule_id for pack in packs for rule_id in pack.get("rules", ()))


def load(  # noqa: PLR0913 - one argument a layer
    packs: Sequence[str],
    overlays: Sequence[RuleFile] = (),
    config: RuleFile | None = None,
    *,
    catalogue: Mapping[str, Signal],
    connection: str = "",
    own: Sequence[RuleFile] = (),
    language: str = ENGLISH.code,
) -> RuleSet:
    """Load the named packs with what lies over them; later wins: packs, config, overlays in the order given.

    Tables merge by key and anything else is replaced, so an overlay changes a shipped rule by naming its id and the
    keys that differ. Of *config* only segments, scope and families count. What a *connection* has for itself lies above
    everything: its *own* overlays, and at the top its scope; its pilot is its own. The texts of another *language* lie
    right above the packs, so that an operator's own words count in any.

    Raises:
        RuleError: with every problem of every file; nothing is loaded then.
    """
    shipped: list[RuleFile] = []
    problems: list[Problem] = []
    known = pack_names()
    # A pack that is named twice counts once, at its first place: later packs win.
    for name in dict.fromkeys(packs):
        if name in known:
            shipped.append(RuleFile(f"packs/{name}.toml", pack_text(name)))
        else:
            expected = f"one of {', '.join(known)}"
            where = _named_at(name, config)
            problems.append(Problem(where, f"unknown pack {shown(name)}", expected, nearest(name, known)))
    rule_set = _assembled(
        shipped, (overlays, own), config, Problems(catalogue, problems), connection, _translated(shipped, language)
    )
    return replace(rule_set, language=language_of(language))


def _translated(shipped: Sequence[RuleFile], language: str) -> list[Node]:
    """Return the texts of *language* for the rules and families of the *shipped* files; nothing for English."""
    if language == ENGLISH.code:
        return []
    document = read(language_file(language))
    packs = [read(file) for file in shipped]
    known = {kind: {name for pack in packs for name in _entries(pack, kind)} for kind in ("rules", "families")}
    kept = {
        kind: replace(
            document.value[kind],
            value={name: entry for name, entry in _entries(document, kind).items() if name in known[kind]},
        )
        for kind in known
        if kind in document.value
    }
    return [replace(document, value=kept)]


def _named_at(pack: str, config: RuleFile | None) -> Location:
    """Find where the config names *pack*, as near as it can be read."""
    if config is None:
        return Location("packs")
    try:
        # The config may be broken in any way here; its own check reports that.
        names: list[Node] = read(config).value["rules"].value["packs"].value
        return next(entry.location for entry in names if entry.value == pack)
    except (RuleError, KeyError, TypeError, AttributeError, StopIteration):
        return Location(config.path)


def assemble(
    shipped: Sequence[RuleFile],
    overlays: Sequence[RuleFile] = (),
    config: RuleFile | None = None,
    *,
    catalogue: Mapping[str, Signal],
    connection: str = "",
    own: Sequence[RuleFile] = (),
) -> RuleSet:
    """Load as `load` does, with *shipped* in the place of the packs.

    Raises:
        RuleError: with every problem of every file.
    """
    return _assembled(shipped, (overlays, own), config, Problems(catalogue), connection)


def _assembled(
    shipped: Sequence[RuleFile],
    overlays: Sequence[Sequence[RuleFile]],
    config: RuleFile | None,
    problems: Problems,
    connection: str,
    translated: Sequence[Node] = (),
) -> RuleSet:
    complete = not problems.noted
    below, layers = _layer(shipped, problems), [_layer(layer, problems) for layer in overlays]
    above = [document for layer in layers for document in layer]
    # The other tables of the config are checked by its own schema.
    whole = _layer([config] if config else [], problems, known=None)
    middle = [_only(node, _OF_CONFIG) for node in whole]
    # A file that could not be read may hold what seems to be missing: then nothing is called missing.
    complete = complete and len([*below, *middle, *above]) == len(shipped) + sum(map(len, overlays)) + (
        config is not None
    )
    # Across layers the same id is an override; within one it is a mistake.
    for layer in (below, *layers):
        _refuse_duplicates(layer, problems)
    special = [node for document in whole for node in _connection(document, connection)]
    scope = [_only(node, ("scope",)) for node in special]
    merged = [*below, *translated, *middle, *above, *scope]
    rule_set = _rule_set(merged, problems, complete=complete, confirmed=_switched_on(below, above))
    rule_set = replace(rule_set, pilot=next((read_pilot(node, problems) for node in special), None))
    if problems.noted:
        raise RuleError(problems.noted)
    return rule_set


def _layer(sources: Sequence[RuleFile], problems: Problems, known: Sequence[str] | None = TABLES) -> list[Node]:
    documents: list[Node] = []
    for file in sources:
        try:
            document = read(file)
        except RuleError as error:
            problems.extend(error.problems)
            continue
        documents.append(document)
        if known is not None:
            _check_top(Table(document, problems), known)
    return documents


def _check_top(document: Table, known: Sequence[str]) -> None:
    document.allow(known, "table")
    pack = document.table("pack")
    if pack is not None:
        pack.allow(PACK_KEYS, "pack key")
        for key in PACK_KEYS:
            pack.text(key)


def _only(document: Node, names: Sequence[str]) -> Node:
    return replace(document, value={name: entry for name, entry in document.value.items() if name in names})


def _refuse_duplicates(layer: Sequence[Node], problems: Problems) -> None:
    """Note ids that two files of one layer set: otherwise the names of the files would decide which counts."""
    for kind, word in (("rules", "rule"), ("families", "family")):
        first: dict[str, Node] = {}
        for document in layer:
            for name, entry in _entries(document, kind).items():
                if name in first:
                    problems.add(
                        entry.key, f"the {word} {shown(name)} again", f"it once; it stands at {first[name].key}"
                    )
                first.setdefault(name, entry)


def _entries(document: Node, name: str) -> dict[str, Node]:
    entry = document.value.get(name)
    return (entry.table() or {}) if entry is not None else {}


def _connection(config: Node, name: str) -> list[Node]:
    """Return the config's table of that connection, if it has one."""
    entry = _entries(config, "connections").get(name)
    return [entry] if entry is not None and entry.table() is not None else []


def _switched_on(shipped: Sequence[Node], overlays: Sequence[Node]) -> frozenset[str]:
    """Return the rules of which a file of the operator sets the mode, and those that are the operator's alone."""
    ids = frozenset(rule_id for document in shipped for rule_id in _entries(document, "rules"))
    entries = [entry for document in overlays for entry in _entries(document, "rules").items()]
    return frozenset(rule_id for rule_id, entry in entries if rule_id not in ids or "mode" in (entry.table() or {}))


def _rule_set(documents: Sequence[Node], problems: Problems, *, complete: bool, confirmed: frozenset[str]) -> RuleSet:
    merged = _merged(documents, problems)
    segments = read_segments(merged["segments"], problems) if "segments" in merged else ()
    # Those with a broken condition too, so that a rule that names one makes no second problem.
    names = list(merged["segments"].value) if "segments" in merged else []
    scope = read_scope(merged["scope"], problems) if "scope" in merged else (None, ScopeLimits())
    gates = read_gates(merged["gates"], names, problems) if "gates" in merged else Gates()
    families = read_families(merged["families"], problems) if "families" in merged else {}
    known = list(merged["families"].value) if "families" in merged else []
    entries: dict[str, Node] = merged["rules"].value if "rules" in merged else {}
    rules: list[Rule] = []
    for rule_id, entry in entries.items():
        if not is_id(rule_id):
            problems.add(entry.key, f"the rule id {shown(rule_id)}", "lower-case words joined by hyphens")
        others = [other for other in entries if other != rule_id]
        context = RuleContext(_pack(documents, rule_id), known, names, complete, others, rule_id in confirmed)
        fields = table(entry, problems)
        rule = read_rule(rule_id, fields, context) if fields else None
        if rule is not None:
            rules.append(rule)
    _refuse_mixed_families(rules, problems)
    notes = check_relations(rules, entries, shipped_rule_ids(), problems)
    meaning = fingerprint(rules, families, segments, scope, gates)
    return RuleSet(tuple(rules), families, segments, scope[0], gates, meaning, limits=scope[1], notes=notes)


def _refuse_mixed_families(rules: Sequence[Rule], problems: Problems) -> None:
    """Note closed-deal rules in families about open deals: a task of those is closed when the deal is."""
    about_open = {rule.family: rule.id for rule in rules if rule.scope == "open" and rule.mode != "off"}
    for rule in rules:
        if rule.scope == "closed" and rule.family in about_open:
            message = (
                f"a rule about closed deals in the family {shown(rule.family)}, which holds {about_open[rule.family]}"
            )
            problems.add(rule.location, message, "a family with rules about closed deals alone, such as 'review'")


def _merged(documents: Sequence[Node], problems: Problems) -> dict[str, Node]:
    """Lay the documents over each other, table by table; segments keep a meaningful order."""
    merged: dict[str, Node] = {}
    for document in documents:
        for name in TABLES:
            upper = document.value.get(name)
            if upper is None or table(upper, problems) is None:
                continue
            lower = merged.get(name)
            node = upper if lower is None else overlaid(lower, upper)
            # The first segment that matches wins, and a merged table would keep the order of the lower file.
            if name == "segments" and lower is not None:
                order = segment_order(list(lower.value), list(upper.value))
                node = replace(node, value={segment: node.value[segment] for segment in order})
            merged[name] = node
    return merged


def _pack(documents: Sequence[Node], rule_id: str) -> str:
    """Return the pack that a rule comes from: the one that its first file names, or that file's own name."""
    origin = next(document for document in documents if rule_id in _entries(document, "rules"))
    name = _entries(origin, "pack").get("name")
    if name is not None and isinstance(name.value, str):
        return name.value
    return PurePath(origin.location.path).stem
