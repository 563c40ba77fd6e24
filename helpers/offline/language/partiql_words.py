"""What DynamoDB's PartiQL says to statements that it reads and does not do.

The sentences are those of DynamoDB Local, whose PartiQL is a package that it shares with the service; what stands in
place of {} is not published.
"""

import re

TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
BAD_TABLE_NAME = (
    "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'."
)
# --- SELECT
ALIAS = "Aliasing is not supported"
VALUE_OR_PIVOT = "Select projection doesn't support value or pivot keywords"
STAR_AND_MORE = "Other attributes should not be present in the projection when '*' is used."
SELECTED_TWICE = "Duplicate identifiers in select clause: {}"
SEVERAL_SOURCES = "Only select from a single table or index is supported."
SOURCE_PATH = "A path may contain at most 2 components in the FROM clause"
JOINS = ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS")
CLAUSE = "Unsupported clause: {}"
CLAUSES = {"LIMIT": "LIMIT", "OFFSET": "OFFSET", "GROUP": "GROUP BY", "HAVING": "HAVING"}
OTHER_TOKEN = "NextToken does not match request"
KEY_PATH = (
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key {}"
)
# --- writes
ON_INDEX = "This operation is not supported on an index"
SEVERAL_INSERTED = (
    "Unsupported operation: Inserting multiple items in a single statement is not supported, "
    'use "INSERT INTO tableName VALUE item" instead'
)
NO_STRUCT = (
    "Unsupported format in item expression. "
    "Please use struct format {...} to express item values for insert statement."
)
INSERT_RETURNS = "RETURNING is not supported in INSERT"
DELETE_RETURNS = (
    "Invalid returning clause: RETURNING {} *. Only RETURNING ALL OLD * is allowed in DELETE statements."
)
RETURNS = "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause"
RETURNS_MORE = "Invalid syntax with multiple returning elements in RETURNING clause"
ONE_CONDITION = "Multiple conditions on same key {}. Only single item Update/Insert/Delete are supported"
SET_COUNT = "{} must have exactly two arguments"
SET_FIRST = "The first argument to {} must equal the assignment value"
SET_SECOND = "The second argument to {} must be a value with type SET"
UPDATE_OPERATOR = "Unsupported operator in Update Expression. Operator: {}"
# --- conditions
NO_CONDITION = "WHERE clause must contain an expression that resolves to a boolean"
CONDITION_OPERATOR = "Unsupported operator in Condition Expression. Operator: {}"
OTHER_OPERATORS = ("+", "-", "*", "/", "%", "||", "LIKE")
FUNCTION = "Unrecognized function: {}"
IN = (
    "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with "
    "at least one member"
)
IS_OPERAND = "The left hand side argument to IS must be a Variable Reference, Literal, or Path"
IS_TYPE = (
    "Unsupported data type for IS operator: {}. Supported data types are "
    "[MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"
)
# The other names of types in PartiQL's grammar.
OTHER_TYPES = (
    "ANY",
    "BAG",
    "CHAR",
    "CLOB",
    "DATE",
    "DECIMAL",
    "FLOAT",
    "INT",
    "INTEGER",
    "REAL",
    "SEXP",
    "SMALLINT",
)
OTHER_TYPES += ("SYMBOL", "TIME", "TIMESTAMP", "VARCHAR")
MISSING = "MISSING must be compared using IS operator"
EXISTS_ALONE = "EXISTS can only be used in ExecuteTransaction write requests."
EXISTS = "EXISTS() must contain a single item read with additional condition"
INDEX_IN_TRANSACTION = "Reads on indices are not supported within transactions."
# --- paths and values
EMPTY_STEP = "Path component cannot be an empty string"
UNPIVOT = "Unpivot path component like a.*.b are not supported"
WILDCARD = "Wildcard path component like a[*].b are not supported"
EMPTY_BAG = "Empty bags are not supported"
BAG = "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"
KEY_TWICE = "Duplicate keys in tuple. Key: {0} under {0}"
