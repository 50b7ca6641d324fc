"""PostgreSQL: connections, transactions in a scope, statements with named parameters, tables and migrations."""

from app.platform.database.database import Database, TransactionFactory
from app.platform.database.scope import System, SystemUse, Tenant
from app.platform.database.session import Session
from app.platform.database.sql import Row, Where, dumps, escape_like

__all__ = [
    "Database",
    "Row",
    "Session",
    "System",
    "SystemUse",
    "Tenant",
    "TransactionFactory",
    "Where",
    "dumps",
    "escape_like",
]
