# The compiled module, as far as mypy has to know it.
from typing import Any

def __getattr__(name: str) -> Any: ...
