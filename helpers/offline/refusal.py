"""A refusal in DynamoDB's own form."""

# Errors of the request's form carry another prefix than DynamoDB's own.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_CORAL = {"SerializationException", "UnknownOperationException"}


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

    def body(self) -> dict:
        """The error as DynamoDB JSON."""
        if self.code in _CORAL:
            prefix = "com.amazon.coral.service"
        elif self.code == "ValidationException":
            prefix = "com.amazon.coral.validate"
        else:
            prefix = "com.amazonaws.dynamodb.v20120810"
        return {"__type": f"{prefix}#{self.code}", "message": str(self), **self.more}
