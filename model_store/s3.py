"""Artifacts in an S3 bucket."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from model_store.artifacts import (
    Artifact,
    ArtifactConflict,
    ArtifactMissing,
    ArtifactsUnreachable,
    ArtifactTooLarge,
    checked_key,
    is_key,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CHUNK = 16 << 10
"""Bytes between two looks at the clock."""
_LARGEST = 5 << 40
"""Bytes of the largest object that S3 holds."""
_NOT_FOUND = "404"
_NO_ANSWER = (BotoCoreError, HTTPError, OSError)


class S3Artifacts:
    """Objects of one bucket. `client` carries the time-outs and retries; `download_s` bounds one whole read.

    A missing key is only known as missing where the credentials may list the bucket: S3 answers 403 otherwise, and
    that is taken as "could not tell".
    """

    def __init__(self, client: S3Client, bucket: str, download_s: float = 60.0) -> None:
        self._client, self._bucket, self._download_s = client, bucket, download_s

    def read(self, key: str, max_bytes: int) -> Artifact:
        """See ArtifactStore."""
        deadline = time.monotonic() + self._download_s
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=checked_key(key))
            length = answer["ContentLength"]
            with answer["Body"] as body:
                if length > max_bytes:
                    raise ArtifactTooLarge(f"{key} has {length} bytes, more than {max_bytes}")
                data = bytearray()
                while chunk := body.read(_CHUNK):
                    data += chunk
                    if time.monotonic() > deadline:
                        raise ArtifactsUnreachable(f"{key}: not read within {self._download_s:g} s")
        except ClientError as error:
            if _code(error) == "NoSuchKey":
                raise ArtifactMissing(key) from error
            raise ArtifactsUnreachable(f"{key}: {_code(error)}") from error
        except _NO_ANSWER as error:
            raise ArtifactsUnreachable(f"{key}: {type(error).__name__}") from error
        if len(data) != length:
            raise ArtifactsUnreachable(f"{key}: {len(data)} of {length} bytes arrived")
        return Artifact(bytes(data), answer["ETag"])

    def put(self, key: str, data: bytes, *, if_none_match: bool = False, if_match: str | None = None) -> str:
        """See ArtifactStore."""
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if if_none_match else {}
        if if_match is not None:
            condition["IfMatch"] = if_match
        try:
            answer = self._client.put_object(Bucket=self._bucket, Key=checked_key(key), Body=data, **condition)
        except ClientError as error:
            # Over an object that was deleted meanwhile S3 answers 404 to If-Match, over a concurrent write 409.
            if condition and _code(error) in ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"):
                raise ArtifactConflict(f"{key} exists already or was changed by another") from error
            raise ArtifactsUnreachable(f"{key}: {_code(error)}") from error
        except _NO_ANSWER as error:
            raise ArtifactsUnreachable(f"{key}: {type(error).__name__}") from error
        return answer["ETag"]

    def etag(self, key: str) -> str:
        """See ArtifactStore."""
        try:
            return self._client.head_object(Bucket=self._bucket, Key=checked_key(key))["ETag"]
        except ClientError as error:
            if _code(error) != _NOT_FOUND:
                raise ArtifactsUnreachable(f"{key}: {_code(error)}") from error
        except _NO_ANSWER as error:
            raise ArtifactsUnreachable(f"{key}: {type(error).__name__}") from error
        # The answer to a HEAD has no body: only that of a GET says which is not there, the object or the bucket.
        return self.read(key, _LARGEST).etag

    def keys(self, prefix: str) -> list[str]:
        """See ArtifactStore."""
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{checked_key(prefix)}/"
            )
            found = [each["Key"] for page in pages for each in page.get("Contents", [])]
        except ClientError as error:
            raise ArtifactsUnreachable(f"{prefix}: {_code(error)}") from error
        except _NO_ANSWER as error:
            raise ArtifactsUnreachable(f"{prefix}: {type(error).__name__}") from error
        return sorted(filter(is_key, found))


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "unknown")
