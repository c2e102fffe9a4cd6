"""Names in Latin, Cyrillic, Hangul and kana letters → one rough key each, alike in every script.

Vowels and breath differ most between transcriptions (Cholsan, Чхольсан, 철산, チョルサン), so a key keeps folded
consonants; names of two consonants keep their inner vowels, too. Rough on purpose: a key alone proves nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: shorter keys stand for too many names
SHORTEST = 3

_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўқңғүұһө",
        str.split("a b v g d e e zh z i i k l m n o p r s t u f h ts ch sh sh _ y _ e yu ya i i e g u k n g u u h o"),
        strict=True,
    )
)
_CYRILLIC = {ord(k): v.replace("_", "") for k, v in _LETTERS.items()}
#: endings of declension that carry a consonant
_DECLINED = re.compile(r"(?<=\w{4})(?:ами|ями|ого|его|ому|ему|ах|ях|ом|ем|ой|ей|ым|им|ых|их)$")
_HANGUL = (
    str.split("g kk n d tt r m b pp s ss _ j jj ch k t p h"),
    str.split("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i"),
    str.split("_ k k k n n n t l k m p l l p l m p p t t ng t t k t p t"),
)
_KANA_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サ_スセソ", "z": "ザ_ズゼゾ", "t": "タ__テト",
    "d": "ダ__デド", "n": "ナニヌネノ", "h": "ハヒフヘホ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ",
    "y": "ヤ_ユ_ヨ", "r": "ラリルレロ", "w": "ワヰ_ヱヲ",
}  # fmt: skip
_KANA = {k: row + v for row, kana in _KANA_ROWS.items() for k, v in zip(kana, "aiueo", strict=True) if k != "_"}
_KANA |= {"シ": "shi", "ジ": "ji", "チ": "chi", "ツ": "tsu", "ヂ": "ji", "ヅ": "zu", "フ": "fu", "ン": "n", "ヴ": "vu"}
_SMALL = dict(zip("ァィゥェォャュョヮ", ("a", "i", "u", "e", "o", "ya", "yu", "yo", "wa"), strict=True))
#: letters and pairs of the common alphabet → classes that transcriptions confuse, longest first
_FOLD = (
    ("shch", "S"), ("tch", "C"), ("dzh", "C"), ("sch", "S"), ("sh", "S"), ("ch", "C"), ("zh", "C"), ("kh", ""),
    ("ph", "P"), ("th", "T"), ("tz", "S"), ("ts", "S"), ("ck", "K"), ("qu", "K"), ("ng", "N"),
    ("ce", "Se"), ("ci", "Si"), ("cy", "Sy"), ("x", "KS"), ("c", "K"), ("q", "K"), ("g", "K"), ("k", "K"), ("b", "P"),
    ("p", "P"), ("v", "P"), ("f", "P"), ("d", "T"), ("t", "T"), ("s", "S"), ("z", "S"), ("j", "C"), ("l", "L"),
    ("r", "L"), ("m", "M"), ("n", "N"), ("h", ""), ("w", ""), ("y", "i"), ("oo", "u"), ("ou", "u"), ("ee", "i"),
)  # fmt: skip
_FOLDED, _FOLDABLE = dict(_FOLD), re.compile("|".join(k for k, _ in _FOLD))


def latin(word: str) -> str:
    """A word of one of the four scripts in lower-case Latin letters; other letters are left out."""
    word = unicodedata.normalize("NFKC", word).lower()
    out, i = [], 0
    while i < len(word):
        letter = word[i]
        if "가" <= letter <= "힣":
            code = ord(letter) - 0xAC00
            first, middle, last = code // 588, code % 588 // 28, code % 28
            out.append((_HANGUL[0][first] + _HANGUL[1][middle] + _HANGUL[2][last]).replace("_", ""))
        elif "ぁ" <= letter <= "ヿ":
            out.append(_kana(_katakana(letter), _katakana(word[i + 1 : i + 2])))
        elif "\u0400" <= letter <= "\u04ff":
            out.append(_CYRILLIC.get(ord(letter), ""))
        else:
            out.append("".join(c for c in unicodedata.normalize("NFKD", letter) if "a" <= c <= "z"))
        i += 1
    return "".join(out)


def _katakana(letter: str) -> str:
    return chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter


def _kana(letter: str, following: str) -> str:
    """One kana; before a small vowel (チョ, ファ) only its consonant."""
    if letter in _SMALL:
        return _SMALL[letter]
    sound = _KANA.get(letter, "")
    return sound.rstrip("aiueo") if following in _SMALL and sound else sound


@lru_cache(maxsize=1 << 17)
def name_key(word: str) -> str:
    """The key of a name, "" where too little is left of it."""
    if "\u0400" <= word[0] <= "\u04ff":
        word = _DECLINED.sub("", word.lower())
    folded = _FOLDABLE.sub(lambda m: _FOLDED[m[0]], latin(word))
    folded = re.sub(r"(.)\1+", r"\1", folded)
    consonants = re.sub(r"[a-z]", "", folded)
    if len(consonants) >= SHORTEST:
        return consonants
    short = folded.rstrip("aeiou")
    return short if len(short) >= SHORTEST else ""
