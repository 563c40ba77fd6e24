"""A refusal in DynamoDB's own form."""

# Errors of the request's form carry another prefix than DynamoDB's own.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_CORAL = {"SerializationException", "UnknownOperationException", "AccessDeniedException"}
_CORAL |= {
    "MissingAuthenticationTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
}
# These errors spell the member that holds the message with a capital.
_CAPITAL = {
    "AccessDeniedException",
    "SerializationException",
    "TransactionCanceledException",
    "IdempotentParameterMismatchException",
}
_ENVELOPE = "1 validation error detected: "


class Refused(Exception):
    """What DynamoDB answers instead of doing what was asked.

    Args:
        message: DynamoDB's wording.
        code: the error code that boto3 shows in brackets.
        status: the HTTP status.
        more: further members of the error's body, such as CancellationReasons.
    """

    def __init__(self, message: str, code: str = "ValidationException", status: int = 400, **more) -> None:
        super().__init__(message)
        self.code, self.status, self.more = code, status, more

    def enveloped(self) -> "Refused":
        """The same refusal as some operations word what is wrong with a request: see docs/offline.md."""
        told = str(self)
        if self.code != "ValidationException" or "detected: " in told[:40]:
            return self
        return Refused(_ENVELOPE + told)

    def body(self) -> dict:
        """The error as DynamoDB JSON."""
        if self.code in _CORAL:
            prefix = "com.amazon.coral.service"
        elif self.code == "ValidationException":
            prefix = "com.amazon.coral.validate"
        else:
            prefix = "com.amazonaws.dynamodb.v20120810"
        member = "Message" if self.code in _CAPITAL else "message"
        told = {member: str(self)} if str(self) else {}
        return {"__type": f"{prefix}#{self.code}", **told, **self.more}


def not_found(name: str | None = None) -> Refused:
    """The table is not there; operations on tables say which."""
    told = f": Table: {name} not found" if name else ""
    return Refused(f"Requested resource not found{told}", "ResourceNotFoundException")
