"""The library behind the CRM Casebook: methods by the nouns of the trade, data, figures, machinery."""

__version__ = "0.1.0"
