"""What the clients in Python share: calls come as lines, replies go as lines of JSON."""

import base64
import json
import sys


class Call:
    """One request, as a line of fields that tabs separate."""

    def __init__(self, line):
        self.method, self.target, token, self.kind, *self.fields = line.rstrip("\n").split("\t")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def url(self):
        return sys.argv[1] + self.target

    def json(self):
        return json.loads(self.fields[0])

    def text(self):
        self.headers["Content-Type"] = self.fields[0]
        return self.fields[1].encode()

    def file(self):
        """The field of the form, the bytes, the name and the media type."""
        field, path, name, media_type = self.fields
        with open(path, "rb") as file:
            return field, file.read(), name, media_type


def reply(status, headers, body):
    headers = {name.lower(): value for name, value in headers.items()}
    body = base64.b64encode(body).decode()
    print(json.dumps({"status": status, "headers": headers, "body": body}), flush=True)


def fail(error):
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


def wants_version():
    return sys.argv[1:] == ["version"]


def tell_version(module):
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"{module.__name__} {module.__version__}, Python {python}")


sys.stdin.reconfigure(encoding="utf-8")
