"""Words by which marks of a text are known, in English, Russian, Korean, Spanish and Japanese: data, no rule."""

from __future__ import annotations

_words = str.split

#: what stands beside a figure → its sense, as named in the table of words; the first that fits holds
HEDGES_BEFORE: dict[str, str] = {
    "more than": "more than|over|above|upwards of|in excess of|более чем|более|больше|свыше|más de|mas de|más que|超",
    "at least": "at least|no fewer than|no less than|не менее|не меньше|как минимум|по меньшей мере|"
    "al menos|por lo menos|no menos de|최소한|최소|적어도|少なくとも|最低",
    "at most": "at most|no more than|up to|as many as|as much as|fewer than|less than|under|не более|не больше|"
    "максимум|менее|до|hasta|como máximo|no más de|menos de|최대|많게는|最大|多くて",
    "nearly": "nearly|almost|just under|close to|почти|без малого|casi|거의|ほぼ",
    "roughly": "an estimated|estimated|approximately|roughly|about|around|some|circa|or so|около|примерно|порядка|"
    "приблизительно|где-то|unos|unas|cerca de|alrededor de|aproximadamente|약|대략|한|約|およそ|おおよそ|ざっと",
}
HEDGES_AFTER: dict[str, str] = {
    "more than": "이상|넘는|을 넘|를 넘|이 넘|가 넘|여|以上|を超|を上回|を越え|余り|余|あまり|or more|и более|o más",
    "at most": "이하|미만|까지|以下|未満|or fewer|or less",
    "nearly": "가까이|가까운|近く|近い|弱",
    "roughly": "가량|정도|쯤|안팎|前後|程度|ほど|くらい|ぐらい|or so",
}
#: what is counted, between a figure and the word after it
COUNTED = "人|名|명|여|개|세대|곳|件|ドル|달러|원|円|か所|世帯|루블|ルーブル"
#: a four-digit figure with one of these after it, or money before it, is no year
THINGS = (
    "USD|dollars?|people|workers|persons|labou?rers|men|rubles?|roubles?|KRW|won|euros?|families|tons?|tonnes|км|km|"
    "долл|руб|человек|рабоч|трудящ|семей|тонн|dólares|personas|trabajadores|obreros|rublos|"
    "명|여|달러|루블|원|가구|톤|人|名|ドル|ルーブル|円|世帯|トン"
)
#: scales after a figure. Han and Hangul scales are read by their own rule, since they add up (3万5千)
SCALES: dict[str, float] = {
    "hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9, "bn": 1e9, "mn": 1e6,
    "тысяч": 1e3, "тыс": 1e3, "миллион": 1e6, "млн": 1e6, "миллиард": 1e9, "млрд": 1e9,
    "mil millones": 1e9, "mil": 1e3, "millones": 1e6, "millón": 1e6,
}  # fmt: skip
EAST_SMALL = {"十": 10, "百": 100, "千": 1000, "십": 10, "백": 100, "천": 1000}
EAST_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12, "萬": 10**4, "만": 10**4, "억": 10**8, "조": 10**12}
EAST_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")}
#: figures spelt out
SPELT: dict[str, int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500, "шестьсот": 600, "семьсот": 700,
    "восемьсот": 800, "девятьсот": 900, "doscientos": 200, "doscientas": 200, "trescientos": 300, "trescientas": 300,
    "cuatrocientos": 400, "quinientos": 500, "seiscientos": 600, "setecientos": 700, "ochocientos": 800,
    "novecientos": 900,
}  # fmt: skip
#: languages that write 1.200 for twelve hundred and 1,2 for 1.2
COMMA_LANGUAGES = frozenset({"ru", "uk", "es", "de", "fr", "it", "pt", "pl", "cs", "nl", "tr"})

#: beginning of a month's name → its number; English and Spanish in Latin letters, Russian in Cyrillic
MONTHS: dict[str, int] = {
    **{name: i for i, name in enumerate(_words("january february march april may june july august september october "
       "november december"), 1)},
    **{name: i for i, name in enumerate(_words("jan feb mar apr _ jun jul aug sep oct nov dec"), 1) if name != "_"},
    **{name: i for i, name in enumerate(_words("enero febrero marzo abril mayo junio julio agosto septiembre octubre "
       "noviembre diciembre"), 1)},
    **{name + end: i for i, (name, ends) in enumerate((
        ("январ", "ь я е"), ("феврал", "ь я е"), ("март", " а е"), ("апрел", "ь я е"), ("ма", "й я е"),
        ("июн", "ь я е"), ("июл", "ь я е"), ("август", " а е"), ("сентябр", "ь я е"), ("октябр", "ь я е"),
        ("ноябр", "ь я е"), ("декабр", "ь я е")), 1) for end in ends.split(" ")},
    "sept": 9, "setiembre": 9,
}  # fmt: skip

#: agency or outlet that others quote → how it is written
AGENCIES: dict[str, str] = {
    "TASS": r"\b(?:ITAR-)?TASS\b|ТАСС|타스\s?통신|タス通信",
    "Interfax": r"\bInterfax\b|Интерфакс|인테르팍스|인터팍스|インターファクス|インタファクス",
    "RIA Novosti": r"\bRIA\b|РИА\s?«?Новости|리아\s?노보스티|ノーボスチ",
    "Yonhap": r"\bYonhap\b|Ренхап|Рёнхап|Ёнхап|연합뉴스|聯合ニュース",
    "KCNA": r"\bKCNA\b|ЦТАК|조선중앙통신|朝鮮中央通信",
    "Reuters": r"\bReuters\b|Рейтер|로이터|ロイター",
    "AP": r"\bAP\b|Associated Press|Ассошиэйтед Пресс|AP\s?통신|AP通信",
    "AFP": r"\bAFP\b|Франс Пресс|AFP\s?통신|AFP通信",
    "Xinhua": r"\bXinhua\b|Синьхуа|신화\s?통신|新華社",
    "EFE": r"\bEFE\b|\bEfe\b",
    "Kyodo": r"\bKyodo\b|Киодо|교도\s?통신|共同通信",
    "Daily NK": r"Daily\s?NK\b|데일리\s?NK|데일리\s?엔케이|デイリー\s?NK",
    "RFA": r"\bRFA\b|Radio Free Asia|Радио Свободная Азия|자유아시아방송|自由アジア放送",
    "VOA": r"\bVOA\b|Voice of America|Голос Америки|미국의\s?소리|ボイス・オブ・アメリカ",
    "NK News": r"\bNK News\b|NK뉴스|NKニュース",
    "RBC": r"\bRB[CK]\b|РБК",
    "BBC": r"\bBBC\b|Би-би-си",
    "KBS": r"\bKBS\b",
    "Asia Press": r"Asia\s?press\b|아시아프레스|アジアプレス",
    "Chosun Ilbo": r"Chosun Ilbo|조선일보|朝鮮日報",
    "Kommersant": r"\bKommersant\b|Коммерсант",
    "DPA": r"\bdpa\b|\bDPA\b",
}
#: an unnamed source
SOURCES = (
    r"\bsources?\b(?! of\b)|\binsiders?\b|\bисточник(?:и|а|ов|у|ам|ом|ами)?\b(?! доход| питан)|소식통|취재원|"
    r"\bfuentes?\b(?! de (?:ingresos|agua))|消息筋|情報筋|関係筋|情報提供者|内部関係者"
)
#: what an unnamed source is said to be → how that is written
SOURCE_TRAITS: dict[str, str] = {
    "diplomatic": r"diplomat|embassy|consul|дипломат|посольств|консуль|외교|대사관|영사|diplomátic|embajada|外交|大使館|領事",
    "law enforcement": r"law enforcement|police|правоохранит|полици|경찰|사법|policial|policía|警察|捜査|治安",
    "military": r"military|army|военн|군\s?소식통|군부|militar|軍",
    "trade": r"trader?s?\b|business|торгов|предпринимат|무역|comercial|empresari|貿易|商社",
    "government": r"government|official|ministry|правительств|чиновник|министерств|정부|당국|gobierno|ministerio|政府|当局",
    "familiar with it": r"familiar with|close to|knowledge of|"
    r"знаком|близк|осведомл|사정에 밝은|정통한|cercan|conocedor|familiarizad|詳しい|近い|精通",
}

#: names that any report on our subject has: shared, they say nothing
COMMON_NAMES = _words(
    "Russia Russian Russians North South Korea Korean Koreans DPRK Kim Jong Il Un China Chinese Moscow Pyongyang Seoul "
    "United Nations UN UNSC State States America American US USA Japan Japanese Soviet Asia Europe European Republic "
    "Federation Ministry President Minister Foreign Security Council Government NK Far East Beijing Tokyo "
    "Россия России Русский Российский Корея Кореи Северная КНДР Ким Чен Ын Ир Китай Москва Пхеньян Сеул ООН Япония США "
    "ロシア モスクワ ソウル アジア アメリカ キム ジョンウン ジョンイル サンクト ピョンヤン "
    "러시아 북한 한국 조선 중국 모스크바 평양 서울 미국 일본 유엔 김정은 김정일 "
    "Corea Norte Sur Rusia China Moscú Pionyang Estados Unidos Naciones Unidas Japón ONU Kremlin"
)
#: capitalised, and no name
NO_NAMES = frozenset(
    _words(
        "monday tuesday wednesday thursday friday saturday sunday the a an and but or for in on at of to by with "
        "from as it he she they we you i this that these those there here if when while after before since however "
        "although though many most some more few several all both one two three mr mrs ms dr lunes martes miércoles "
        "jueves viernes sábado domingo el la los las un una en de del por para con pero que понедельник вторник "
        "среда четверг пятница суббота воскресенье в на по о об от до за из у к с и а но он она они это как что не "
        "г"
    )
)
