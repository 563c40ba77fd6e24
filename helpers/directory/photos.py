"""Photos of employees: checked, made small, and kept in S3; the employee's item holds only the key."""

import io
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from PIL import Image, ImageOps

from helpers.backends import DUMMY
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

    In an account, the bucket is one of your own that is there. All accounts share the names of buckets, unless asked
    otherwise, so a name in a program is soon taken, and an app that makes what it misses would make another at
    its next start. [Namespaces for general purpose buckets] Offline, S3 is in this process and empty at its
    start, so the bucket is made.

    Args:
        bucket: None takes DIRECTORY_BUCKET; without that, offline, any name will do.
        client: an S3 client for an account; None makes one for where the course runs.
        new_id: gives the key of each photo its name, which never comes from a file's name.

    Raises:
        DirectoryError: in an account, no bucket is named, or it is not there.
    """

    def __init__(
        self,
        bucket: str | None = None,
        *,
        client: "BaseClient | None" = None,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        offline = client is None and _answered_here()
        self.client = client or boto3.client("s3")
        self.new_id = new_id
        self.bucket = bucket or os.environ.get("DIRECTORY_BUCKET") or ("employee-photos" if offline else "")
        if not self.bucket:
            raise DirectoryError(
                "Photos need a bucket of your account: create one, and name it in DIRECTORY_BUCKET."
            )
        with _told():
            if offline:
                self.client.create_bucket(Bucket=self.bucket)
            else:
                self._look_for_bucket()

    def _look_for_bucket(self) -> None:
        try:
            self.client.head_bucket(Bucket=self.bucket)
        except (
            ClientError
        ) as error:  # 404 there is none, 403 it is somebody else's, 400 no bucket has such a name
            raise DirectoryError(
                f"There is no bucket {self.bucket!r} that you may use (S3 says {error.response['Error']['Code']}): "
                "create it, or name another in DIRECTORY_BUCKET."
            ) from None

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
        upright = _in_8_bits(ImageOps.exif_transpose(image)).convert("RGBA")
    except _UNREADABLE:
        raise _refused("The file is no photo that can be read: choose a JPEG, PNG, WebP or GIF.") from None
    square = ImageOps.fit(upright, (EDGE, EDGE))
    picture = Image.new("RGB", square.size, "white")  # a new image carries no comment or profile of the old
    picture.paste(square, mask=square.getchannel("A"))
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=85, optimize=True)
    return jpeg.getvalue()


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Greys of 16 bits as greys of 8: Pillow's own conversion makes white of all that is brighter than 255."""
    return image.point(lambda grey: grey / 257).convert("L") if image.mode.startswith("I") else image


def _answered_here() -> bool:
    """Whether S3 is in this process: the credentials are those that no account has."""
    credentials = boto3.Session().get_credentials()
    return credentials is not None and credentials.access_key == DUMMY["AWS_ACCESS_KEY_ID"]


def _refused(why: str) -> InvalidEmployee:
    return InvalidEmployee("photo_key", why)


@contextmanager
def _told() -> Iterator[None]:
    """Tell S3's errors as the directory's own."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise DirectoryError(f"The photos' storage does not answer: {error}") from error
