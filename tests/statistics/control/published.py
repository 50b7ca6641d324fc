"""Published data of textbooks.

Montgomery, Introduction to Statistical Quality Control, 6th edition; the first three tables are also in the R package
qcc as `orangejuice`, `pcmanufact` and `dyedcloth`.
"""

import numpy as np

from app.statistics import FloatArray


def _array(*numbers: float) -> FloatArray:
    return np.array(numbers, dtype=np.float64)


# Table 7.1: defective orange juice cans in samples of 50.
ORANGE_JUICE = _array(
    *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6)
)
# Table 7.4: errors in purchase orders, and the number of orders of each week.
ORDER_ERRORS = _array(12, 8, 6, 9, 10, 12, 11, 16, 10, 6, 20, 15, 9, 8, 6, 8, 10, 7, 5, 8, 5, 8, 10, 6, 9)
ORDERS = _array(
    *(100, 80, 80, 100, 110, 110, 100, 100, 90, 90, 110, 120, 120, 120, 110, 80, 80, 80, 90, 100, 100, 100, 100),
    *(90, 90),
)
# §7.3.2: nonconformities of personal computers in samples of 5.
COMPUTERS = _array(10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5)
# Table 7.11: nonconformities of dyed cloth, and the number of inspection units of each roll.
CLOTH = _array(14, 12, 20, 11, 7, 10, 21, 16, 19, 23)
CLOTH_UNITS = _array(10, 8, 13, 10, 9.5, 10, 12, 10.5, 12, 12.5)
# Tables 9.1 and 9.10: single observations with the target 10 and σ = 1, and their EWMA with λ = 0.1.
OBSERVATIONS = _array(
    *(9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08),
    *(9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52),
)
AVERAGES = _array(
    *(9.945, 9.7495, 9.70355, 9.8992, 10.1253, 10.1307, 9.92167, 10.0755, 9.98796, 10.0232),
    *(9.92384, 10.0785, 10.1216, 10.0495, 10.0525, 9.98426, 10.0478, 10.074, 9.91864, 10.0108),
    *(10.0997, 10.0227, 10.2495, 10.3745, 10.3971, 10.4654, 10.4568, 10.5731, 10.6468, 10.6341),
)
