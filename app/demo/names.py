"""Names of agents, supervisors and verifiers in the two languages of the demo."""

from itertools import product

import numpy as np

_RUSSIAN_MEN = ("Алексей", "Андрей", "Дмитрий", "Иван", "Кирилл", "Максим", "Никита", "Павел", "Роман", "Сергей")
_RUSSIAN_WOMEN = ("Анна", "Вера", "Дарья", "Елена", "Ирина", "Мария", "Наталья", "Ольга", "Полина", "Татьяна")
_RUSSIAN_SURNAMES = [
    "Авдеев",
    "Беляев",
    "Виноградов",
    "Голубев",
    "Данилов",
    "Ершов",
    "Жуков",
    "Зайцев",
    "Ильин",
    "Калинин",
    "Лебедев",
    "Макаров",
    "Никитин",
    "Орлов",
    "Панов",
    "Романов",
    "Селезнёв",
    "Тарасов",
    "Уваров",
    "Фомин",
    "Харитонов",
    "Чернов",
    "Широков",
    "Щербаков",
    "Яковлев",
]
_ENGLISH_FIRST = [
    "Alice",
    "Amelia",
    "Andrew",
    "Anthony",
    "Brenda",
    "Carol",
    "Daniel",
    "Diana",
    "Edward",
    "Emily",
    "Frank",
    "Grace",
    "Henry",
    "Isabel",
    "Jason",
    "Karen",
    "Laura",
    "Martin",
    "Nancy",
    "Oliver",
]
_ENGLISH_SURNAMES = [
    "Adams",
    "Baker",
    "Campbell",
    "Davis",
    "Edwards",
    "Fisher",
    "Graham",
    "Harris",
    "Jenkins",
    "Kelly",
    "Lawson",
    "Mitchell",
    "Nelson",
    "Owens",
    "Parker",
    "Quinn",
    "Roberts",
    "Sanders",
    "Turner",
    "Underwood",
    "Vaughn",
    "Walker",
    "Young",
    "Foster",
    "Hughes",
]

_NAMES = {
    "ru": [f"{first} {last}" for first, last in product(_RUSSIAN_MEN, _RUSSIAN_SURNAMES)]
    # Every surname in the list takes the feminine ending.
    + [f"{first} {last}а" for first, last in product(_RUSSIAN_WOMEN, _RUSSIAN_SURNAMES)],
    "en": [f"{first} {last}" for first, last in product(_ENGLISH_FIRST, _ENGLISH_SURNAMES)],
}


def full_names(rng: np.random.Generator, language: str, count: int) -> list[str]:
    """`count` names in random order; a name is repeated only after all have been used."""
    names = _NAMES[language]
    order = rng.permutation(len(names))
    return [names[order[number % len(names)]] for number in range(count)]
