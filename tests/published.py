"""Baskets of published examples, whose figures the tests quote."""

# The five baskets of the arules vignette (Journal of Statistical Software, 2005).
JSS_2005 = [
    ["milk", "bread"],
    ["bread", "butter"],
    ["beer"],
    ["milk", "bread", "butter"],
    ["bread", "butter"],
]

# The five baskets of mlxtend's documentation.
MLXTEND_DOCUMENTED = [
    ["Milk", "Onion", "Nutmeg", "Kidney Beans", "Eggs", "Yogurt"],
    ["Dill", "Onion", "Nutmeg", "Kidney Beans", "Eggs", "Yogurt"],
    ["Milk", "Apple", "Kidney Beans", "Eggs"],
    ["Milk", "Unicorn", "Corn", "Kidney Beans", "Yogurt"],
    ["Corn", "Onion", "Onion", "Kidney Beans", "Ice cream", "Eggs"],
]
