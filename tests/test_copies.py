"""Which documents share an origin: marks in five languages, copies and retellings found, independent reports left alone."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.evidence.archive import find_text
from obrok.evidence.copies import KINDS, SURE, Text, fingerprint, origins, relations
from obrok.evidence.marks import marks
from obrok.evidence.transliteration import name_key
from tests import piles
from tests.conftest import ROOT

CHITA = "2e9019c07f3fdafca710454415cc8d0c16904d8b56f81a9e08c38657ed4325ea"
JUNE = (date(2015, 6, 10), date(2015, 6, 10))
#: our own words, after what the report of the case chita-2015 tells; one hedge is changed
JAPANESE = (
    "ロシアの建設現場から姿を消す北の働き手。チタの街では、チョルサンとナグォンという二つの会社に属する300人以上が働いている。"
    "その間で持ち場を離れる人が目立つようになったと、デイリーNKの消息筋が伝えた。月々の給料は800ドルから1000ドルほどだが、大半は本国への上納金に回る。"
    "同じ作業をする地元の人との差が不満を呼んでいる。5月には、逃げたあと近くの別会社で働いていた数人が警官に見つかったが、危害は受けていない。"
    "パン・ギムン国連事務総長の訪問が、取り締まりの緩みにつながったとの見方もある。会社の側は見張りを増やし、週の集まりにも力を入れている。"
)
#: invented: other events, other figures, the same country, the same town
FIRE = (
    "Officials in Chita said on Monday that a fire in a sawmill near the regional capital had injured 14 people, four of "
    "them North Korean loggers. The Zabaykalsky ministry put the damage at 2.3 million roubles. A source in the Russian "
    "emergency service said about 120 men had been moved to Borzya. The firm Taiga Les has worked there since 2009."
)
PORT = (
    "В порту Находки задержали судно под флагом КНДР, сообщил в пятницу источник в пограничной службе. На борту было 37 "
    "человек и около 260 тонн краба. По данным ТАСС, штраф составит более 1,4 млн рублей. Суд назначен на 18 июня."
)
WAGES = (
    "Un informe presentado en Seúl calcula que unos 2.600 obreros de Corea del Norte trabajan en aserraderos de Jabárovsk "
    "y que cada uno entrega 167 dólares al mes. El 12 de junio, la agencia EFE citó a Pak Sang Ryol, que vivió allí."
)


def chita() -> Text:
    text = find_text(CHITA, None, None)
    if text is None:
        pytest.skip("the report is not on this machine")
    return Text("english", text, "en", (date(2015, 6, 1), date(2015, 7, 31)), "Daily NK")


# -- marks
@pytest.mark.parametrize(
    "text, language, figures",
    [
        ("roughly 800 to 1,000 USD; more than 300 men", "en", {"800": "roughly", "1000": "roughly", "300": "more than"}),
        ("no more than 300 people, up to 45 percent", "en", {"300": "at most", "45%": "at most"}),
        ("2,015 men, 1.2 million dollars, three hundred huts", "en", {"2015": "", "1200000": "", "300": ""}),
        ("около 12 тыс. рабочих, свыше 300 человек, 1,2 млн", "ru", {"12000": "roughly", "300": "more than", "1200000": ""}),
        ("약 3천여 명, 300명 이상, 1만 5천 명", "ko", {"3000": "roughly", "300": "more than", "15000": ""}),
        ("300人以上、約1万2千人、三百人", "ja", {"300": "more than", "12000": "roughly"}),
        ("más de 300 obreros, unos 1.200 dólares", "es", {"300": "more than", "1200": "roughly"}),
    ],
)  # fmt: skip
def test_figures_with_scale_and_hedge(text, language, figures):
    found = marks(text, language).figures
    assert set(found) == set(figures)
    assert all(hedge in found[value] for value, hedge in figures.items())


def test_years_days_times_and_addresses_are_no_figures():
    text = "In 2015, on 9 May 2015 at 10:45, and on 2015-06-11, see www.example.org/a/77123; 2015년 5월 9일; 9 мая 2015 года"
    found = marks(text, "en")
    assert not found.figures and found.dates == {"05-09", "06-11"}
    assert not marks("they may 10 times", "en").dates


@pytest.mark.parametrize("names", ["Chita Чите Читой 치타 チタ", "Cholsan Чхольсан 철산 チョルサン", "Nakwon 낙원 ナグォン", "Khabarovsk Хабаровске 하바롭스크 ハバロフスク"])  # fmt: skip
def test_one_key_for_a_name_in_every_script(names):
    assert len({name_key(n) for n in names.split()}) == 1


def test_agencies_and_unnamed_sources():
    for text, agency in ((PORT, "TASS"), (WAGES, "EFE"), (JAPANESE, "Daily NK")):
        assert agency in marks(text, "xx").agencies
    for text in (
        "a source in Chita familiar with it",
        "치타의 소식통",
        "источник в Чите",
        "una fuente en Chita",
        "チタの消息筋",
    ):
        assert any(name_key("Chita") in one for one in marks(text, "xx").sources), text


# -- the worked example
def test_the_japanese_rewrite_is_found_with_the_hedge_that_differs():
    english = chita()
    pile = [english, Text("japanese", JAPANESE, "ja", JUNE, "Daily NK Japan"), *others()]
    (found,) = [r for r in relations(pile) if "english" in (r.first, r.second)]
    assert found.kind == "translation or retelling" and {found.first, found.second} == {"english", "japanese"}
    assert "roughly 300 against more than 300" in found.differs and found.later is None
    assert {"300", "800", "1,000"} <= set(found.figures) and {"Chita", "Cholsan", "Nakwon"} <= set(found.names)
    assert "roughly 300 against more than 300" in found.sentence()
    proposed = origins(pile, relations(pile))
    assert proposed == {d.id: ("english" if d.id == "japanese" else d.id) for d in pile}


def others() -> list[Text]:
    return [Text("fire", FIRE, "en", JUNE, "Reuters"), Text("port", PORT, "ru", JUNE, "ТАСС"), Text("wages", WAGES, "es", JUNE, "EFE")]  # fmt: skip


def test_independent_reports_on_one_country_are_not_linked():
    assert relations(others()) == []
    assert relations([chita(), *others()]) == []


# -- piles
HOW = {
    "2 % edited": lambda rng, a: piles.edited(rng, a, 0.02),
    "5 % edited": lambda rng, a: piles.edited(rng, a, 0.05),
    "15 % edited": lambda rng, a: piles.edited(rng, a, 0.15),
    "truncated": piles.truncated,
    "dressed up": piles.dressed,
    "retold": piles.retold,
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_recall_and_false_links_over_a_pile(seed):
    """Measured over seeds 1 to 3: 60 of 60 of each kind found, none of 19,900 unrelated pairs merged, 0 to 8 of them
    asked about. The seeds are fixed: a right program always passes."""
    rng = random.Random(seed)
    base = [piles.article(rng, i) for i in range(200)]
    base = [piles.wire(rng, a) if i % 3 == 0 else a for i, a in enumerate(base)]
    pile, made = list(base), {}
    for k, (how, change) in enumerate(HOW.items()):
        for a in base[20 * k : 20 * k + 20]:
            pile.append(change(rng, a))
            made[frozenset((a.id, pile[-1].id))] = how
    for a in base[120:140]:
        pile.append(piles.quoting(rng, a, piles.article(rng, 1000 + len(pile))))
        made[frozenset((a.id, pile[-1].id))] = "quoted"
    found = {frozenset((r.first, r.second)): r for r in relations(pile)}
    hit = {how: sum(p in found and (found[p].is_sure or how == "quoted") for p in made if made[p] == how) for how in {*HOW, "quoted"}}  # fmt: skip
    assert all(n >= 19 for n in hit.values()), hit
    wrong = [r for p, r in found.items() if p not in made]
    assert not [r for r in wrong if r.is_sure] and len(wrong) <= 10
    assert sum(found[p].kind in SURE for p in made if made[p] == "quoted") <= 4


def test_same_text_pairs_with_the_first_only_and_the_later_is_named():
    rng = random.Random(5)
    a = piles.article(rng, 1, day=date(2016, 3, 1))
    pile = [a, *(Text(f"copy{i}", a.text, "en", (date(2016, 3, 2 + i),) * 2, "Other") for i in range(30))]
    found = relations(pile)
    assert len(found) == 30 and {r.kind for r in found} == {"same text"} and {r.first for r in found} == {"a1"}
    assert found[0].later == found[0].second
    assert set(origins(pile, found).values()) == {"a1"}


def test_questions_are_not_merged():
    text = "Interfax reports from Nakhodka that {} on 3 March. A source in Nakhodka told of {} men and {} dollars near Partizansk."
    day = (date(2016, 3, 4),) * 2
    pile = [Text("one", text.format("a crane fell", 417, 88), "en", day, "A"), Text("two", text.format("a hut burnt", 33, 642), "en", day, "B")]  # fmt: skip
    found = relations(pile)
    assert [r.kind for r in found] == ["same unnamed source"] and "?" in found[0].sentence()
    assert origins(pile, found) == {"one": "one", "two": "two"}


# -- the fingerprint
def test_fingerprints_do_not_hang_on_the_process():
    code = "from obrok.evidence.copies import fingerprint; p = fingerprint('Тест text 300 人 ' * 9, 'en'); print(p.shingles.sum(), sorted(p.marks.figures))"
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    said = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env | {"PYTHONHASHSEED": s}, check=True).stdout
        for s in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1
    assert int(fingerprint("one two three four five", "en").shingles[0]) == KNOWN


KNOWN = 7994929722486089364


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=120), max_size=5))
def test_any_text_at_all(texts):
    day = (date(2016, 1, 1), date(2016, 1, 2))
    pile = [Text(str(i), t, "ko" if i % 2 else "en", day, t[:20]) for i, t in enumerate(texts)]
    found = relations(pile)
    assert all(r.kind in KINDS and 0 <= r.score <= 1 and r.sentence() for r in found)
    assert set(origins(pile, found)) == {d.id for d in pile}


def test_hostile_texts_do_not_hang():
    day = (date(2016, 1, 1), date(2016, 1, 2))
    for text in (
        "9" * 100_000,
        "1,000" * 20_000,
        "三千万" * 30_000,
        "約" * 90_000,
        "in may " * 20_000,
        "A" * 90_000,
        "a source in Chita " * 5_000,
        "(" * 90_000,
    ):
        assert np.all(fingerprint(text, "ja").shingles[:-1] < fingerprint(text, "ja").shingles[1:])
        relations([Text("a", text, "en", day, ""), Text("b", text + " 1", "en", day, "")])


# -- the picture
def test_the_picture_tells_origins_claims_and_what_is_in_common(tmp_path, monkeypatch):
    """Two texts of the case `wide`, one a copy of the other: found when both are on this machine."""
    import shutil

    from obrok.case.case import load
    from obrok.evidence.anchors import sha256
    from obrok.outward.charts_origins import origins as drawn

    folder = tmp_path / "wide"
    shutil.copytree(ROOT / "tests" / "cases" / "wide", folder)
    text = (folder / "report.txt").read_bytes()
    copy = text.replace(b"Borealia", b"Austria")  # one word is changed
    documents = (folder / "documents.yaml").read_text("utf-8")
    at = documents.index("    text: none")
    words = " ".join(copy.decode().split())
    digests = f"    sha256_file: {sha256(copy)}\n    sha256_text: {sha256(words)}\n    characters: {len(words)}\n"
    (folder / "documents.yaml").write_text(documents[:at] + digests, "utf-8")
    claims = (folder / "claims.yaml").read_text("utf-8")
    anchor = f"anchor: {{start: 0, end: 10, sha256: {'0' * 64}, around: {'0' * 64}}}"
    (folder / "claims.yaml").write_text(claims.replace("document: wire", f"document: wire\n    {anchor}"), "utf-8")
    case = load(folder)
    alone = drawn(case, "Which documents share an origin")
    assert alone.description.startswith("2 documents of 2 origins") and "copy" not in alone.description
    (folder / "archive").mkdir()
    for data in (text, copy):
        (folder / "archive" / f"{sha256(data)}.txt").write_bytes(data)
    picture = drawn(case, "Which documents share an origin")
    assert "letter and wire: near copy" in picture.description or "letter and wire: same text" in picture.description
    assert "near copy" in picture.wide + picture.narrow or "same text" in picture.wide
    assert drawn(case, "Which documents share an origin") == picture  # the same bytes
