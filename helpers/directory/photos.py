"""Photos of employees: checked, made small, and kept in S3; the employee's item holds only the key."""

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from PIL import Image, ImageOps

from helpers.directory.model import DirectoryError, InvalidEmployee

if TYPE_CHECKING:
    from botocore.client import BaseClient

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 25_000_000  # 75 MB once unpacked; a few kilobytes of file can claim a thousand times that
EDGE = 320  # pixels: a photo is shown 96 pixels wide at most, on screens of up to three times that

# What Pillow raises on files that are damaged, cut short, or something else.
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


class Photos:
    """A bucket of photos; every method raises `DirectoryError` where S3 cannot answer.

    Args:
        bucket: is made if it is not there. Offline, S3 is in this process and ends with it.
        client: an S3 client; None makes one.
        new_id: gives the key of each photo its name, which never comes from a file's name.
    """

    def __init__(
        self,
        bucket: str = "employee-photos",
        *,
        client: "BaseClient | None" = None,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self.bucket = bucket
        self.client = client or boto3.client("s3")
        self.new_id = new_id
        with _told():
            self.client.create_bucket(Bucket=bucket)

    def add(self, file: bytes) -> str:
        """Keep a photo and return its key.

        Raises:
            InvalidEmployee: the file is too large, or no image.
        """
        jpeg = shrunk(file)
        key = f"photos/{self.new_id()}.jpg"
        with _told():
            self.client.put_object(Bucket=self.bucket, Key=key, Body=jpeg, ContentType="image/jpeg")
        return key

    def get(self, key: str) -> bytes | None:
        """The photo, a JPEG; None if there is none."""
        with _told():
            try:
                return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            except self.client.exceptions.NoSuchKey:
                return None

    def remove(self, key: str) -> None:
        """Remove a photo; one that is not there is no error."""
        with _told():
            self.client.delete_object(Bucket=self.bucket, Key=key)


def shrunk(file: bytes) -> bytes:
    """A square JPEG of `EDGE` pixels from the middle of an image, and nothing of the file but its picture.

    Where a photo was taken, by whom and with what, its comments and its previews stay behind.

    Raises:
        InvalidEmployee: the file is too large, or not a readable image in one of `FORMATS`.
    """
    if len(file) > MOST_BYTES:
        raise _refused(f"The photo has {len(file) / 2**20:.1f} MB: choose one of at most 2 MB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the next lines refuse sooner
            image = Image.open(io.BytesIO(file), formats=FORMATS)  # reads the header only
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise _refused(f"The photo has {width:,} × {height:,} pixels: choose one of at most 25 million.")
        image.draft("RGB", (2 * EDGE, 2 * EDGE))  # a JPEG need not be unpacked at full size
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    except _UNREADABLE:
        raise _refused("The file is no photo that can be read: choose a JPEG, PNG, WebP or GIF.") from None
    square = ImageOps.fit(upright, (EDGE, EDGE))
    picture = Image.new("RGB", square.size, "white")  # a new image carries no comment or profile of the old
    picture.paste(square, mask=square.getchannel("A"))
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=85, optimize=True)
    return jpeg.getvalue()


def _refused(why: str) -> InvalidEmployee:
    return InvalidEmployee("photo_key", why)


@contextmanager
def _told() -> Iterator[None]:
    """Tell S3's errors as the directory's own."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise DirectoryError(f"The photos' storage does not answer: {error}") from error
