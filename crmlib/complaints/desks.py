"""What each label of the inbox stands for: the desk that answers, and words to know it by."""

DESKS = {
    "sour_porridge": "quality",
    "cloudy_tea": "quality",
    "undated_pack": "quality",
    "foreign_object": "quality",
    "leaking_pack": "quality",
    "felt_ill": "health",
    "late_car": "vehicles",
    "car_noise": "vehicles",
    "colour_shoes": "shoes",
    "wrong_charge": "money",
    "refund_refused": "money",
    "misleading_offer": "money",
    "rude_staff": "conduct",
    "no_answer": "conduct",
    "no_complaint": "front",
}

# From the names of the labels; not fitted to the texts.
KEYWORDS = {
    "sour_porridge": ("porridge", "sour", "粥", "酸", "馊"),
    "cloudy_tea": ("tea", "cloud", "turbid", "绿茶", "浑", "沉淀"),
    "undated_pack": ("date", "expiry", "日期", "保质期"),
    "foreign_object": ("found", "hair", "glass", "吃出", "虫", "头发"),
    "leaking_pack": ("leak", "burst", "漏", "破"),
    "felt_ill": ("sick", "ill", "allerg", "hospital", "过敏", "医院", "吐"),
    "late_car": ("late", "deliver", "提车", "延期", "交车"),
    "car_noise": ("noise", "turn", "异响", "转弯", "喀"),
    "colour_shoes": ("shoe", "colour", "鞋", "变色", "掉色"),
    "wrong_charge": ("charged", "bill", "invoice", "扣", "收费", "多收"),
    "refund_refused": ("refund", "money back", "退款", "不退", "不给退"),
    "misleading_offer": ("promise", "advert", "offer", "广告", "宣传", "骗"),
    "rude_staff": ("rude", "shout", "态度", "骂", "服务员"),
    "no_answer": ("reply", "answer", "wait", "没人", "回复", "电话"),
    "no_complaint": ("thank", "please", "谢谢", "请问", "建议"),
}
