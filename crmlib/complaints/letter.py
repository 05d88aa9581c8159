"""What a reply to a complaint should hold: apology, fact, cause, remedy, deadline, contact."""

import re

import pandas as pd

# Each part, in the order in which a letter should have them; Chinese and English.
PARTS = {
    "apology": r"\bsorry\b|\bapolog|\bregret|抱歉|道歉|歉意|对不起|致歉",
    "fact": r"\byou (?:wrote|told|reported|bought|ordered|found|sent)|\byour (?:letter|message|order|call)\b"
    r"|您(?:来信|反映|购买|订购|来电|投诉|提到|说)|收到(?:了)?您",
    "cause": r"\bbecause\b|\bcause|\breason\b|\bdue to\b|\bour (?:check|inspection|test)|原因"
    r"|由于|因为|经(?:检查|查|调查)|造成",
    "remedy": r"\brefund|\breplac|\brepair|\bvoucher|\bnew (?:one|pair|case|pack)|\bexchange"
    r"|退款|换货|更换|退货|维修|赔偿|补偿|代金券|补发",
    "deadline": r"\b(?:within|by|before|until) (?:\w+ ){0,3}?(?:\d+|one|two|three|four|five|seven|ten"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|noon|today)\b"
    r"|\bwithin \w+ (?:hours|days|weeks)\b|[\d一二三五七十两]+个?(?:小时|工作日|天|日)(?:之)?内"
    r"|\d+月\d+日(?:之)?前|(?:今天|明天|本周[一二三四五六日]?)(?:之)?前",
    "contact": r"\bcall (?:me|us)\b|\breach (?:me|us)\b|\bwrite to (?:me|us)\b"
    r"|[\w.]+@[\w.]+\w|\b\+?\d[\d -]{6,}\d\b"
    r"|电话|致电|联系(?:我|方式|人)|邮箱|微信",
}
PATTERNS = {part: re.compile(pattern, re.IGNORECASE) for part, pattern in PARTS.items()}


def letter_checklist(letter: str) -> pd.DataFrame:
    """Which parts of a reply the letter holds, and the words that show it.

    Index ``part``: apology, fact, cause, remedy, deadline, contact; columns present, words,
    position (first letter; -1 if absent). English and Chinese (simplified). A checklist of words:
    it sees that a part is named, not that it is true or kindly said.

    >>> letter_checklist("We are sorry. A new pair will reach you within five days.")["present"].tolist()
    [True, False, False, True, True, False]
    """
    if not isinstance(letter, str):
        raise ValueError(f"letter: {type(letter).__name__} is no text")
    found = {part: pattern.search(letter) for part, pattern in PATTERNS.items()}
    rows = {
        part: {
            "present": match is not None,
            "words": match.group() if match else "",
            "position": _place(match),
        }
        for part, match in found.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("part")


def _place(match):
    return match.start() if match else -1
