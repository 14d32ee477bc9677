"""The file that downloads are tested with."""

import hashlib
import io
import zipfile


def zipped(content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.json", content)
    return packed.getvalue()


BODY = zipped(bytes(range(256)) * 4000)
SHA = hashlib.sha256(BODY).hexdigest()
KNOWN = {"sha256": SHA, "size": len(BODY), "expected_type": "zip"}
FAST = {"backoff": 0.001, "timeout": 5}


def leftovers(target):
    return sorted(path.name for path in target.parent.iterdir() if path.suffix != ".lock")
